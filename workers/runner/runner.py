# Serves one ONNX model over a Unix socket: python -I runner.py --model FOLDER --socket PATH
# Meant to run inside a sandbox without network. The wire contract stands in ../README.md.
import argparse
import json
import os
import signal
import sys

# Before onnxruntime and numpy are loaded: nothing is reported anywhere, and a runner keeps to one thread.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# -I leaves the script's own folder out of the search path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

FAILURE_STATUS = 3


def fail(reason):
    """One JSON line that the server shows as the deployment's failure, then the agreed exit status."""
    line = json.dumps({"failure": reason}, ensure_ascii=False) + "\n"
    try:
        one_pipe = os.path.sameopenfile(1, 2)
    except OSError:  # started with a closed stream
        one_pipe = False
    for stream in (sys.stderr,) if one_pipe else (sys.stdout, sys.stderr):
        stream.write(line)
        stream.flush()
    os._exit(FAILURE_STATUS)


def main():
    parser = argparse.ArgumentParser(description="Serves one ONNX model over a Unix socket.")
    parser.add_argument("--model", required=True, metavar="FOLDER", help="read-only snapshot of a repository")
    parser.add_argument("--socket", metavar="PATH", help="where to listen; appears when the model is ready")
    parser.add_argument("--describe", action="store_true", help="load, print the health answer and stop")
    options = parser.parse_args()
    if not options.socket and not options.describe:
        parser.error("--socket is required")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))

    from errors import ModelFailure

    try:
        from model import Model

        model = Model(options.model)
    except ModelFailure as error:
        fail(str(error))
    except MemoryError:
        fail("not enough memory to load the model")
    except ImportError as error:
        fail(f"the runner's environment is incomplete: {error}")
    except Exception as error:  # a file made to confuse must not end in a traceback that nobody reads
        fail(f"the model cannot be loaded: {type(error).__name__}: {' '.join(str(error).split())[:500]}")

    about = {"status": "ready", "kind": model.kind, "input_schema": model.input_schema, "output_schema": model.output_schema}
    if options.describe:
        print(json.dumps(about, ensure_ascii=False))
        return
    from server import RunnerServer

    with RunnerServer(options.socket, model) as server:
        print(json.dumps({"ready": options.socket, "kind": model.kind}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
