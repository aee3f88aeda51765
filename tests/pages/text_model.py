# A small model of texts, trained here in a moment: is a sentence praise or a complaint? Words and their weights, nothing more.
import functools
import json

PRAISE = """The help was quick and kind. | A lovely, quiet machine. | Works perfectly, thank you. | I am very happy with it. | Great value and a great team. | Fast delivery, excellent box.
The best lamp I have ever had. | Wonderful colours, I love them. | Easy to use and well made. | My father is delighted. | Excellent, I would buy it again. | Clear, friendly and fast answers."""
COMPLAINTS = """It broke after two days. | Nobody answers my letters. | The box was empty and torn. | Too loud and far too slow. | I want my money back. | The screen is broken again.
Late, dirty and incomplete. | The worst service I have had. | It never worked at all. | Terrible smell, I sent it back. | The manual is wrong and useless. | Two screws were missing."""
LABELS = ["complaint", "praise"]
CARD = "---\nlicense: apache-2.0\npipeline_tag: text-classification\nlibrary_name: onnx\nlanguage: en\n---\n# Tone\n\nPraise or complaint, by the words of one sentence.\n"


def sentences(text):
    return [one.strip().lower() for line in text.split("\n") for one in line.split("|")]


@functools.cache
def files():
    """The files of its repository."""
    import numpy as np
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import StringTensorType
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = sentences(COMPLAINTS) + sentences(PRAISE)
    kinds = [0] * len(sentences(COMPLAINTS)) + [1] * len(sentences(PRAISE))
    words = TfidfVectorizer(token_pattern="[a-z]+")  # folds case, as by default: ONNX's StringNormalizer
    model = make_pipeline(words, LogisticRegression(C=20)).fit(texts, kinds)
    graph = to_onnx(model, initial_types=[("text", StringTensorType([None, 1]))], options={"zipmap": False}, target_opset=17)
    assert (model.predict(np.array(texts)) == kinds).all()
    return {"README.md": CARD, "model.onnx": graph.SerializeToString(), "config.json": json.dumps({"id2label": dict(enumerate(LABELS)), "architectures": ["TextForSequenceClassification"]})}
