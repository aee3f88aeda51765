# Uploads random files with the stock huggingface_hub through Xet, one after another, and prints each that was acknowledged:
# "PATH SHA256". Ends at the first error (the server was killed). Environment: HF_ENDPOINT, HF_TOKEN, CRASH_REPO, CRASH_PREFIX.
import hashlib
import os

from huggingface_hub import HfApi

api = HfApi(endpoint=os.environ["HF_ENDPOINT"], token=os.environ["HF_TOKEN"])
print("ready", flush=True)
for number in range(1000):
    content = os.urandom(200_000)
    path = f"{os.environ['CRASH_PREFIX']}-{number}.bin"
    try:
        api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=os.environ["CRASH_REPO"])
    except Exception:
        os._exit(0)  # the client's threads may still be retrying
    print(path, hashlib.sha256(content).hexdigest(), flush=True)
