"""A mail server on this machine: STARTTLS or TLS, a name and a password, and what it was handed."""

import base64
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import BinaryIO, cast

USER, PASSWORD = "bot", "hunter-2"


class MailServer:
    """Takes mail as RFC 5321 has it, and is strict: no mail before TLS, none without a sign-in.

    Args:
        context: its certificate; None: it offers no TLS.
        implicit: TLS from the first byte.
        answers: what it says to a command instead, as {"RCPT": b"550 no such person"}.
    """

    def __init__(
        self, context: ssl.SSLContext | None, *, implicit: bool = False, answers: Mapping[str, bytes] = {}
    ) -> None:
        self.context, self.implicit, self.answers = context, implicit, answers
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.heard: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with suppress(OSError):  # who hangs up early has its reasons; ssl's errors are such too
                self._talk(line)
            line.close()

    def _talk(self, line: socket.socket) -> None:
        if not self.implicit:
            with line.makefile("rwb") as file:
                self._say(file, b"220 mail.example")
                if not self._listen(file, is_safe=False):
                    return
        with self.context.wrap_socket(line, server_side=True) as safe, safe.makefile("rwb") as file:
            if self.implicit:
                self._say(file, b"220 mail.example")
            self._listen(file, is_safe=True)

    def _listen(self, file: BinaryIO, *, is_safe: bool) -> bool:
        """Answer line by line. True: go on with TLS."""
        is_known = False
        for asked in iter(file.readline, b""):
            verb = asked.partition(b" ")[0].strip().decode("latin-1").upper()  # TLS to a port without it is noise
            self.heard.append(verb)
            if verb in self.answers:
                self._say(file, self.answers[verb])
            elif verb == "EHLO":
                offer = b"AUTH PLAIN" if is_safe else b"STARTTLS" if self.context else b"HELP"
                self._say(file, b"250-mail.example\r\n250 " + offer)
            elif verb == "STARTTLS" and self.context:
                self._say(file, b"220 go")
                return True
            elif verb == "AUTH":
                is_known = base64.b64decode(asked.split()[2]) == f"\0{USER}\0{PASSWORD}".encode()
                self._say(file, b"235 welcome" if is_known else b"535 no")
            elif verb in ("MAIL", "RCPT"):
                self.to += [asked.decode().strip()] if verb == "RCPT" else []
                self._say(file, b"250 ok" if is_safe and is_known else b"530 not before TLS and a sign-in")
            elif verb == "DATA":
                self._take(file)
            elif verb == "QUIT":
                self._say(file, b"221 bye")
                return False
            else:
                self._say(file, b"250 ok")
        return False

    def _take(self, file: BinaryIO) -> None:
        self._say(file, b"354 go")
        body = b"".join(iter(file.readline, b".\r\n"))
        self.mails.append(cast(EmailMessage, message_from_bytes(body, policy=default)))
        self._say(file, b"250 taken")

    @staticmethod
    def _say(file: BinaryIO, words: bytes) -> None:
        file.write(words + b"\r\n")
        file.flush()
