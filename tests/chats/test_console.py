"""The console as a chat: buttons have numbers, forms are asked line by line, nothing untrusted moves the cursor."""

from io import StringIO

import pytest
from rich.console import Console

from bot.chats.console.chat import ConsoleChat, talk
from bot.chats.console.render import render
from bot.commands import read_intent
from bot.core.intent import Actor, Answer, Choice, Form, Line, Moment
from bot.core.message import Button, Code, Message, clean, paragraph
from tests.messages import MESSAGES

JO = Actor("os:jo", "jo", "console")


class Prompt:
    """Types lines one after the other, then ends the input."""

    def __init__(self, *lines):
        self.lines, self.asked = list(lines), []

    def __call__(self, question):
        self.asked.append(question)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)


@pytest.fixture
def chat():
    return ConsoleChat(Console(file=StringIO(), width=200))


def heard(chat):
    return chat._console.file.getvalue()


def conversation(chat, *lines, answer):
    prompt, intents = Prompt(*lines), []

    def note(intent):
        intents.append(intent)
        return answer(intent)

    talk(chat, actor=JO, read=read_intent, answer=note, ask=prompt)
    return intents, prompt


def test_a_number_presses_the_button_shown_last(chat):
    chat.post("main", Message("x", (paragraph("one", button=Button("Acknowledge", "ack", "17")),)))

    intents, _ = conversation(chat, "1", answer=lambda _: Answer(Message("done")))

    assert [(intent.verb, intent.argument) for intent in intents] == [("ack", "17")]


def test_a_number_without_a_button_is_a_word_like_any_other(chat):
    intents, _ = conversation(chat, "5", answer=lambda _: Answer(Message("?")))

    assert [intent.verb for intent in intents] == ["5"]


def test_a_form_is_asked_line_by_line_and_sent_back(chat):
    form = Form(
        "Snooze #1",
        "Snooze",
        "snooze",
        "1",
        (Moment("until", "Until", "tomorrow"), Line("why", "Why"), Choice("who", "Who", (("u1", "Jo"), ("u2", "Ann")))),
    )

    intents, prompt = conversation(
        chat, "snooze 1", "", "parts", "ann", answer=lambda i: Answer(Message("ok") if i.inputs else form)
    )

    assert dict(intents[-1].inputs) == {"until": "tomorrow", "why": "parts", "who": "u2"}
    assert prompt.asked[1:4] == ["Until [tomorrow] ", "Why ", "Who (Jo, Ann) "]


@pytest.mark.parametrize("word", ["quit", "exit", "Q"])
def test_leaving_is_a_word(chat, word):
    intents, _ = conversation(chat, word, "client acme", answer=lambda _: Answer(Message("no")))

    assert intents == []


def test_a_reply_is_indented_under_its_post(chat):
    receipt = chat.post("main", Message("post"))

    reply = chat.reply(receipt, Message("reply"))

    assert reply.thread_id == receipt.message_id
    assert "\n    reply" in heard(chat)


def test_square_brackets_in_names_are_not_markup(chat):
    chat.post("main", Message("[bold]SRV[/bold] [link=x://etc]x[/link]"))

    assert "[bold]SRV[/bold] [link=x://etc]x[/link]" in heard(chat)


@pytest.mark.parametrize("name", MESSAGES)
def test_no_message_can_move_the_cursor(name):
    plain = render(MESSAGES[name]()).plain

    assert all(character.isprintable() or character in "\n\u00a0" for character in plain)


def test_code_keeps_its_lines_and_loses_its_escapes():
    assert render(Message("x", (Code("one\n\x1b[31mtwo"),))).plain == "  | one\n  |  [31mtwo\n"
    assert clean("a\nb") == "a b"


@pytest.mark.parametrize("name", ["digest-huge", "open-huge", "digest-hostile", "card-hostile"])
def test_a_message_stays_readable_however_large_the_msp(name):
    rendered = render(MESSAGES[name]())

    assert len(rendered.lines) <= 60
    assert len(rendered.plain) <= 12_000
