import json

from server.config import StorageSettings
from server.export import main
from storage.rows import NewConversation, NewMessage
from storage.store import Store


async def filled(path):
    async with Store.open(path, synchronous="OFF") as store:
        for number in range(3):
            conversation = await store.open_conversation(
                NewConversation(session_id=f"s{number}", user_id="ann")
            )
            for role in ("user", "assistant"):
                await store.add_message(
                    NewMessage(conversation_id=conversation.id, role=role, content=f"{role} {number}")
                )
            await store.end_conversation(conversation.id)
    return StorageSettings(path=str(path))


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def test_everything_is_written_and_summed_up(tmp_path, capsys):
    settings = await filled(tmp_path / "earshot.db")
    out = tmp_path / "all.jsonl"
    assert main(["--format", "jsonl", "--out", str(out)], settings=settings) == 0
    assert [line["conversation_id"] for line in lines(out)] == [1, 2, 3]
    assert "3 conversations, 6 messages" in capsys.readouterr().out


async def test_since_last_writes_only_what_is_new(tmp_path):
    settings = await filled(tmp_path / "earshot.db")
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert main(["--out", str(first), "--limit", "2", "--since-last"], settings=settings) == 0
    assert main(["--out", str(second), "--since-last"], settings=settings) == 0
    assert [line["conversation_id"] for line in lines(first) + lines(second)] == [1, 2, 3]


async def test_a_mistake_is_one_line_and_exit_code_2(tmp_path, capsys):
    settings = await filled(tmp_path / "earshot.db")
    out = str(tmp_path / "out.json")
    assert main(["--out", out, "--min-quality", "7"], settings=settings) == 2
    assert main(["--out", out, "--conversation", "99"], settings=settings) == 2
    assert main(["--out", "/nonexistent/folder/x", "--format", "json"], settings=settings) == 2
    assert main(["--out", out], settings=StorageSettings(path=str(tmp_path / "none.db"))) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 4
    assert "min_quality" in errors[0]
    assert not (tmp_path / "out.json").exists()
