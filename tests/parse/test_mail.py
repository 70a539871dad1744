"""E-mail: what was written, by whom and when, what is attached, and what is not read."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.bundles import mail
from assistant.parse.file import DEPTH_LIMIT, File
from assistant.parse.reading import read

HEADERS = (
    "From: Amina Okafor <amina@example.org>\nTo: hall@example.org\n"
    "Date: Sun, 31 Mar 2024 14:05:00 +0100\nSubject: Chairs\n"
)
SHOWN = (
    "From: Amina Okafor <amina@example.org>\nTo: hall@example.org\n"
    "Date: 31 March 2024, 14:05\nSubject: Chairs"
)


VIDEO = b"\0\0\0\x18ftypmp42\0\0"


def message(headers: str, body: str | bytes) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    return f"{HEADERS}MIME-Version: 1.0\n{headers}\n".encode() + raw


def parts(kind: str, *pieces: str) -> bytes:
    body = "".join(f"--b\n{piece}\n" for piece in pieces)
    return message(f"Content-Type: multipart/{kind}; boundary=b\n", f"{body}--b--\n")


def attached(name: str, data: bytes, extra: str = "") -> str:
    words = base64.encodebytes(data).decode()
    return (
        f'Content-Type: application/octet-stream; name="{name}"\n{extra}'
        f'Content-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{words}"
    )


def texts(data: bytes, name: str = "a.eml") -> list[tuple[str, str]]:
    reading = read(File(name, data))
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


def body(data: bytes) -> str:
    """The words below the headers of a message without attachments."""
    [(_, text)] = texts(data)
    return text.removeprefix(SHOWN).strip()


# --- the message itself -----------------------------------------------------------------------


def test_a_message_begins_with_who_wrote_it_to_whom_when_and_on_what() -> None:
    reading = read(File("a.eml", f"{HEADERS}X-Mailer: x\n\nForty chairs.\n\n> Yours?\n".encode()))
    assert (reading.title, reading.media_type) == ("Chairs", "message/rfc822")
    [section] = reading.sections
    assert section.label == ""
    assert section.text == f"{SHOWN}\n\nForty chairs.\n\n> Yours?"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Fri, 1 Mar 2024 09:00 GMT", "1 March 2024, 09:00"),
        ("1 Mar 24 09:00:01", "1 March 2024, 09:00"),
        ("Mon, 99 Foo 2024", "Mon, 99 Foo 2024"),
        ("soon", "soon"),
    ],
)
def test_dates_are_readable_and_stay_as_they_are_when_they_are_none(
    written: str, shown: str
) -> None:
    [(_, text)] = texts(f"From: a@b\nSubject: x\nDate: {written}\n\nWords.\n".encode())
    assert f"Date: {shown}\n" in text


@pytest.mark.parametrize(
    "subject",
    [
        b"=?utf-8?q?Caf=C3=A9_hours?=",
        b"=?utf-8?b?Q2Fmw6kgaG91cnM=?=",
        b"=?iso-8859-1?q?Caf=E9?= hours",
        b"=?utf-8?b?Q2Fmww==?=\n =?utf-8?b?qSBob3Vycw==?=",  # cut within a character
        b"=?no-such?q?Caf=C3=A9_hours?=",
        "Café hours".encode(),
        "Café hours".encode("cp1252"),
    ],
)
def test_headers_are_decoded(subject: bytes) -> None:
    assert read(File("a.eml", b"From: a@b\nSubject: " + subject + b"\n\nx\n")).title == "Café hours"


def test_odd_headers_cost_nothing_but_themselves() -> None:
    odd = (
        b'From: <@(("\nTo: ;;:,,<\nSubject: =?utf-8?b?A?=\nDate: ,\nContent-Type: a; b*=c; d*0*=e\n'
    )
    [section] = read(File("a.eml", odd + b"\nForty chairs.\n")).sections
    assert section.text.endswith("Forty chairs.")


@pytest.mark.parametrize(
    ("charset", "written"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("us-ascii", "utf-8"),
        ("no-such-charset", "utf-8"),
        ("undefined", "cp1252"),
        ("hex", "utf-8"),
        ("utf-8", "cp1252"),
        ("koi8-r", "koi8-r"),
        ("iso-2022-jp", "iso-2022-jp"),
    ],
)
def test_bodies_in_any_charset_even_a_wrong_one(charset: str, written: str) -> None:
    words = {"koi8-r": "Собрание в среду", "iso-2022-jp": "会議は水曜日"}.get(written, "Café “Zoë”")
    content = message(f"Content-Type: text/plain; charset={charset}\n", words.encode(written))
    assert body(content) == words


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("quoted-printable", "Forty =C3=A9 ch=\nairs."),
        ("base64", base64.b64encode("Forty é chairs.".encode()).decode()),
        ("8bit", "Forty é chairs."),
        ("no-such-encoding", "Forty é chairs."),
    ],
)
def test_bodies_in_any_transfer_encoding(encoding: str, raw: str) -> None:
    assert body(message(f"Content-Transfer-Encoding: {encoding}\n", raw)) == "Forty é chairs."


def test_flowed_lines_are_joined_and_quotes_stay_apart() -> None:
    flowed = "Forty \nchairs.\n> Do you \n> know?\n>> Older.\n-- \nAmina\n"
    content = message("Content-Type: text/plain; format=flowed\n", flowed)
    assert body(content) == "Forty chairs.\n> Do you know?\n>> Older.\n-- \nAmina"


def test_html_is_read_as_words_with_its_headings() -> None:
    content = message(
        "Content-Type: text/html\n",
        "<p>First.<h2>Costs</h2><p>Ten <b>pounds</b>.<script>x()</script>",
    )
    assert texts(content) == [("", f"{SHOWN}\n\nFirst."), ("Costs", "Ten pounds.")]


def test_of_alternatives_the_plain_words_are_read_once() -> None:
    plain = "Content-Type: text/plain\n\nForty chairs."
    rich = "Content-Type: text/html\n\n<p>Forty <b>chairs</b>."
    assert body(parts("alternative", plain, rich)) == "Forty chairs."
    assert body(parts("alternative", "Content-Type: text/plain\n\n  ", rich)) == "Forty chairs."


def test_a_plain_text_that_only_points_to_the_web_page_is_not_preferred() -> None:
    plain = "Content-Type: text/plain\n\nSee it in your browser."
    rich = f"Content-Type: text/html\n\n<p>{'Forty chairs for the hall. ' * 20}"
    assert body(parts("alternative", plain, rich)).startswith("Forty chairs")


def test_the_text_of_a_signed_message_is_read() -> None:
    signature = attached("smime.p7s", b"0\x82").replace(
        "application/octet-stream", "application/pkcs7-signature"
    )
    assert body(parts("signed", "Content-Type: text/plain\n\nForty chairs.", signature)) == (
        "Forty chairs."
    )


@pytest.mark.parametrize(
    "content",
    [
        message("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n", "AAAA"),
        parts("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1"),
        message("", "-----BEGIN PGP MESSAGE-----\n\nabcdef\n-----END PGP MESSAGE-----\n"),
    ],
)
def test_an_encrypted_message_is_locked(content: bytes) -> None:
    reading = read(File("a.eml", content))
    assert reading.status is Status.LOCKED
    assert reading.reason
    assert reading.remedy
    assert not reading.sections


def test_an_apple_message_is_read_without_what_is_put_around_it() -> None:
    raw = message("", "Forty chairs.\n")
    around = (
        str(len(raw)).encode() + b"      \n" + raw + b'<?xml version="1.0"?><plist>flags</plist>'
    )
    assert texts(around, "a.emlx") == [("", f"{SHOWN}\n\nForty chairs.")]


# --- what is attached ---------------------------------------------------------------------------


def test_an_attachment_is_read_by_its_own_reader() -> None:
    content = parts(
        "mixed",
        "Content-Type: text/plain\n\nSee below.",
        attached("m.md", b"# Costs\n\nTen.\n\n## Food\n\nTea.\n"),
    )
    assert texts(content) == [
        ("", f"{SHOWN}\n\nSee below."),
        ("attachment m.md > Costs", "Ten."),
        ("attachment m.md > Costs > Food", "Tea."),
    ]


def test_names_of_attachments_are_labels_and_no_paths() -> None:
    name = "=?utf-8?q?../../caf=C3=A9=0A.txt?="
    content = parts("mixed", "Content-Type: text/plain\n\nSee.", attached(name, b"Tea."))
    assert texts(content)[1] == ("attachment café .txt", "Tea.")


def test_an_attachment_that_cannot_be_read_makes_the_message_partly_read() -> None:
    films = [attached(f"{n}.mp4", VIDEO) for n in range(5)]
    reading = read(File("a.eml", parts("mixed", "Content-Type: text/plain\n\nFilms.", *films)))
    assert reading.status is Status.PARTLY
    assert reading.reason.startswith("The attachment 0.mp4 is a video, which is not read.")
    assert reading.reason.endswith("2 more are not read or not all read.")
    assert "3.mp4" not in reading.reason
    assert reading.remedy


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: image/png\nContent-ID: <a>\n",
        "Content-Type: image/png; name=a.png\nContent-Disposition: inline; filename=a.png\n",
    ],
)
def test_pictures_of_the_text_and_empty_attachments_are_not_missed(headers: str) -> None:
    picture = f"{headers}Content-Transfer-Encoding: base64\n\niVBORw0KGgo="
    page = "Content-Type: text/html\n\n<p>Forty chairs.<img src='cid:a'>"
    assert body(parts("related", page, picture)) == "Forty chairs."
    assert body(parts("mixed", page, picture, attached("a.txt", b" "))) == "Forty chairs."


def test_invitations_and_cards_are_read_as_text() -> None:
    card = attached("a.vcf", b"BEGIN:VCARD\nFN:Amina Okafor\nEND:VCARD\n")
    [_, (label, text)] = texts(parts("mixed", "Content-Type: text/plain\n\nHello.", card))
    assert label == "attachment a.vcf"
    assert "Amina Okafor" in text


def test_a_forwarded_message_has_its_own_headers_and_label() -> None:
    inner = "From: ben@example.org\nSubject: Keys\n\nBlue door."
    content = parts(
        "mixed", "Content-Type: text/plain\n\nSee.", f"Content-Type: message/rfc822\n\n{inner}"
    )
    packed = base64.encodebytes(inner.encode()).decode()
    as_base64 = f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{packed}"
    expected = ("message > forwarded: Keys", "From: ben@example.org\nSubject: Keys\n\nBlue door.")
    assert texts(content)[1] == expected
    assert texts(parts("mixed", "Content-Type: text/plain\n\nSee.", as_base64))[1] == expected


def test_attachments_are_not_followed_for_ever() -> None:
    content = parts("mixed", "Content-Type: text/plain\n\nSee.", attached("a.txt", b"Tea."))
    reading = read(File("a.eml", content, depth=DEPTH_LIMIT))
    assert [s.label for s in reading.sections] == [""]
    assert reading.status is Status.PARTLY


def test_scanned_pages_in_attachments_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.parse import reading as reading_module

    scan = Reading(
        "", "", (), Status.NO_TEXT, "It is a picture without text.", "Scan it.", scanned=2
    )
    original = reading_module.read
    monkeypatch.setattr(reading_module, "read", lambda file: scan if file.depth else original(file))
    content = parts("mixed", "Content-Type: text/plain\n\nSee.", attached("a.pdf", b"%PDF-"))
    found = original(File("a.eml", content))
    assert (found.status, found.scanned) == (Status.PARTLY, 2)
    assert found.reason == "The attachment a.pdf is a picture without text."


def test_a_mailbox_says_in_which_message_an_attachment_is_missing() -> None:
    film = parts("mixed", "Content-Type: text/plain\n\nSee.", attached("a.mp4", VIDEO))
    reading = read(File("a.mbox", mailbox(film, film)))
    assert reading.reason == (
        "The attachment a.mp4 of message 1 is a video, which is not read. "
        "The attachment a.mp4 of message 2 is a video, which is not read."
    )


# --- mailboxes ------------------------------------------------------------------------------------


def mailbox(*messages: bytes) -> bytes:
    line = b"From amina@example.org Sun Mar 31 14:05:00 2024\n"
    return b"\n".join(line + raw for raw in messages)


def test_each_message_of_a_mailbox_has_its_number_and_subject() -> None:
    content = mailbox(
        b"Subject: One\n\nChairs.\n", b"X-A: b\n\nNo subject.\n", b"Subject: 3\n\nTea.\n"
    )
    reading = read(File("inbox.mbox", content))
    assert (reading.title, reading.media_type) == ("inbox", "application/mbox")
    assert [s.label for s in reading.sections] == ["message 1: One", "message 2", "message 3: 3"]
    assert reading.sections[1].text == "No subject."


def test_a_line_that_begins_with_from_does_not_end_a_message() -> None:
    words = "We go.\n\nFrom here it is far.\n>From 10:30 it is open.\n\nFrom 2024: 10:30 is it.\n"
    [(_, text)] = texts(mailbox(f"Subject: x\n\n{words}".encode()), "a.mbox")
    assert text.endswith(words.replace(">From", "From").strip())


def test_mailboxes_of_windows_and_of_thunderbird() -> None:
    content = (
        b"From - Sun Mar 31 14:05:00 2024\r\nSubject: a\r\n\r\nTea.\r\n\r\n"
        b"From \r\nSubject: b\r\n\r\nCake.\r\n"
    )
    assert [label for label, _ in texts(content, "Inbox.mbox")] == ["message 1: a", "message 2: b"]


def test_one_bad_message_does_not_cost_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    original = mail._message_of_mailbox

    def break_the_second(raw: bytes, number: int, inside: object) -> bool:
        if number == 2:
            raise IndexError
        return original(raw, number, inside)  # type: ignore[arg-type]

    monkeypatch.setattr(mail, "_message_of_mailbox", break_the_second)
    locked = message("Content-Type: application/pkcs7-mime\n", "AAAA")
    reading = read(File("a.mbox", mailbox(b"Subject: a\n\nb\n", b"Subject: c\n\nd\n", locked)))
    assert reading.status is Status.PARTLY
    assert [s.label for s in reading.sections] == ["message 1: a"]
    assert reading.reason == "1 of its messages is encrypted. 1 of its messages is damaged."


def test_a_mailbox_that_takes_too_long_is_read_up_to_a_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr("assistant.parse.file.time.monotonic", clock)
    many = mailbox(*[f"Subject: {n}\n\nWords.\n".encode() for n in range(50)])
    reading = mail.read_mailbox(File("a.mbox", many, deadline=20))
    assert reading.status is Status.PARTLY
    assert 0 < len(reading.sections) < 50
    assert f"only its first {len(reading.sections)} messages" in reading.reason


class Clock:
    """Each look at it takes a second."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1
        return self.now


# --- saved web pages ------------------------------------------------------------------------------


def test_a_saved_web_page_is_its_page_and_not_its_pictures_and_styles() -> None:
    content = (
        "From: <Saved by Blink>\nSubject: Hours\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; boundary=b; start="<root>"\n\n'
        "--b\nContent-Type: text/css\n\np { color: red }\n"
        "--b\nContent-Type: text/html\nContent-ID: <frame>\n\n<p>Advertisement.\n"
        "--b\nContent-Type: text/html; charset=utf-8\nContent-ID: <root>\n"
        "Content-Transfer-Encoding: quoted-printable\n\n"
        "<title>Opening hours</title><h1>Caf=C3=A9</h1><p>From ten.\n--b--\n"
    )
    for name in ("a.mhtml", "a.doc"):
        reading = read(File(name, content.encode()))
        assert reading.title == "Opening hours"
        assert [(s.label, s.text) for s in reading.sections] == [("Café", "From ten.")]


def test_a_page_of_frames_is_read_from_its_frames() -> None:
    content = (
        "From: <Saved by A>\nContent-Type: multipart/related; boundary=b\n\n"
        "--b\nContent-Type: text/html\n\n<frameset><frame src='a'></frameset>\n"
        "--b\nContent-Type: text/html\n\n<p>Forty chairs.\n--b--\n"
    )
    assert texts(content.encode(), "a.mht") == [("", "Forty chairs.")]


# --- hostile and wild input -----------------------------------------------------------------------


def bombs() -> Iterator[tuple[str, bytes]]:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3000)
    )
    yield "parts in parts", b"From: a\nSubject: b\n" + nested
    yield "messages in messages", b"From: a\n" + b"Content-Type: message/rfc822\n\n" * 3000
    yield "many parts", message("Content-Type: multipart/mixed; boundary=b\n", "--b\n\n" * 50_000)
    yield "many headers", b"From: a\n" + b"X: y\n" * 200_000 + b"\nWords.\n"
    yield "a long header", b"From: a\nContent-Type: a" + b';"' * 500_000 + b"\n\nWords.\n"
    yield "encoded words", b"From: a\nSubject: " + b"=?a?q?" * 200_000 + b"\n\nWords.\n"
    yield "flowed", message("Content-Type: text/plain; format=flowed\n", "x \n" * 100_000)
    yield "From lines", b"From a\n" + b"From 00:00 00:00 00:00 \n" * 50_000


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in bombs()])
def test_hostile_messages_are_read_or_refused(data: bytes) -> None:
    for ending in ("eml", "mbox"):
        reading = read(File(f"a.{ending}", data))
        allowed = (Status.READY, Status.PARTLY, Status.TOO_LARGE, Status.NO_TEXT)
        assert reading.status in allowed


def test_an_archive_that_is_attached_has_its_own_limits() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"a" * (101 * 1024 * 1024))
    content = parts(
        "mixed", "Content-Type: text/plain\n\nSee.", attached("a.zip", buffer.getvalue())
    )
    reading = read(File("a.eml", content))
    assert reading.status is Status.PARTLY
    assert reading.sections


FRAGMENTS = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b"--b\n",
        b"--b--\n",
        b"From: a\n",
        b"Subject: =?utf-8?b?",
        b"?=",
        b">From a\n",
        b"From a@b Sun Mar 31 14:05:00 2024\n",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/alternative; boundary=b\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/html; charset=\xff\n",
        b"Content-Type: text/plain; format=flowed\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%e9\n",
        b"<p>Words.",
        b"words \n",
        b"\xe9\0",
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=8), max_size=30).map(b"".join))
def test_wild_input_never_raises(data: bytes) -> None:
    for reader in (mail.read_message, mail.read_mailbox, mail.read_mhtml):
        reading = reader(File("a.eml", data))
        assert all(section.text.strip() for section in reading.sections)
        assert all(section.label.isprintable() for section in reading.sections)
