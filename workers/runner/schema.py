# Input and output schemas in the vocabulary that Replicate's clients read (an OpenAPI `Input` object with x-order).


def titled(name):
    return name.replace("_", " ").strip().title() or name


def input_schema(properties):
    """`properties`: list of (name, schema fragment, required). Order becomes x-order. "x-words" in a fragment: title and description are
    ours, not the model's, and a page may say them in its reader's language."""
    schema = {"type": "object", "title": "Input", "properties": {}, "required": []}
    for order, (name, fragment, required) in enumerate(properties):
        schema["properties"][name] = {"title": titled(name), **fragment, "x-order": order}
        if required:
            schema["required"].append(name)
    return schema


LABELS = {
    "title": "Output",
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"label": {"type": "string"}, "score": {"type": "number"}},
        "required": ["label", "score"],
    },
}


PICTURE = {"title": "Output", "type": "string", "format": "uri"}

MASKS = {
    "title": "Output",
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"label": {"type": "string"}, "mask": {"type": "string", "format": "uri"}},
        "required": ["label", "mask"],
    },
}


def tensor_schema(names):
    if len(names) == 1:
        return {"title": "Output", "type": "array", "items": {}}
    return {"title": "Output", "type": "object", "properties": {name: {"title": titled(name)} for name in names}}
