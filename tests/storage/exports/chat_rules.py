"""The rules that chat fine-tuning files are refused by, written down from the API's own validation."""

from __future__ import annotations

import json

ROLES = {"system", "user", "assistant"}


def faults(data: bytes) -> list[str]:
    """Return what a strict validator of OpenAI's chat JSONL finds wrong."""
    found: list[str] = []
    text = data.decode("utf-8")
    if text and not text.endswith("\n"):
        found.append("no line feed at the end")
    lines = text.splitlines()  # also at U+2028 and its kin, as many readers do
    if lines != text.split("\n")[:-1]:
        found.append("a line breaks where it should not")
    for number, line in enumerate(lines, 1):
        found += [f"line {number}: {fault}" for fault in _line(json.loads(line))]
    return found


def _line(example: dict[str, object]) -> list[str]:
    if example.keys() != {"messages"} or not isinstance(example["messages"], list):
        return [f"keys {sorted(example)}"]
    found = []
    messages = example["messages"]
    for message in messages:
        if message["role"] not in ROLES:
            found.append(f"role {message['role']}")
        if message.keys() - {"role", "content", "weight"}:
            found.append(f"keys {sorted(message)}")
        if not isinstance(message["content"], str) or not message["content"].strip():
            found.append("blank content")
        if "weight" in message and (message["role"] != "assistant" or message["weight"] not in (0, 1)):
            found.append("weight")
    roles = [message["role"] for message in messages]
    if roles[:1] == ["system"]:
        del roles[0]
    if roles != ["user", "assistant"] * (len(roles) // 2) or not roles:
        found.append(f"turns {roles}")
    if all(message.get("weight") == 0 for message in messages if message["role"] == "assistant"):
        found.append("nothing to learn")
    return found
