# The pages' own messages, so that a test asks for "the button that says checkout.pay" in any language and survives a change of wording.
import json
import re
from functools import cache
from pathlib import Path

MESSAGES = Path(__file__).resolve().parents[2] / "web" / "messages"
LANGUAGES = ("en", "ja", "zh")
TAGS = {"en": "en", "ja": "ja", "zh": "zh-Hans"}


@cache
def table(lang):
    return json.loads((MESSAGES / f"{lang}.json").read_text("utf-8"))


def parse(text, at=0):
    """ICU MessageFormat's subset -> [text or (name, {option: parts})], position after it."""
    parts, plain = [], ""
    while at < len(text) and text[at] != "}":
        if text[at] != "{":
            plain += text[at]
            at += 1
            continue
        parts.append(plain)
        plain = ""
        head = re.compile(r"\{\s*(\w+)\s*(?:(\})|,\s*(?:plural|select)\s*,)").match(text, at)
        at = head.end()
        options = {}
        if not head[2]:
            while option := re.compile(r"\s*(=\d+|\w+)\s*\{").match(text, at):
                options[option[1]], at = parse(text, option.end())
                at += 1
            at = re.compile(r"\s*\}").match(text, at).end()
        parts.append((head[1], options))
    return [*parts, plain], at


def shown(text):
    return re.sub(r"</?[a-z]+>", "", text)


def pattern(parts, values):
    out = ""
    for part in parts:
        if isinstance(part, str):
            # "#" of a plural is a number in the reader's form
            out += re.escape(shown(part)).replace(r"\#", "#").replace("#", r"[\d,.\s]+").replace(r"\ ", r"\s+")
        elif part[1]:
            chosen = part[1].get(str(values.get(part[0])))
            out += "(?:" + "|".join(pattern(one, values) for one in ([chosen] if chosen else part[1].values())) + ")"
        else:
            out += re.escape(str(values[part[0]])) if part[0] in values else r".+?"
    return out


class Words:
    """say(key): the text. like(key, name=value): a regular expression; what is not given may be anything."""

    def __init__(self, lang):
        self.lang, self.tag = lang, TAGS[lang]

    def say(self, key, **values):
        text = shown(table(self.lang)[key])
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        assert "{" not in text, f"{key} wants values: {text}"
        return text

    def like(self, key, whole=False, **values):
        found = pattern(parse(table(self.lang)[key])[0], values)
        return re.compile(f"^\\s*{found}\\s*$" if whole else found, re.S)
