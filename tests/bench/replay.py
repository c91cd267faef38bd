"""Answers of a source's server, recorded once and given again from memory, so that only our own work is measured."""

from bot.errors import Refused
from bot.net.http import Http, Reply


class Replay:
    """Stands where an Http stands: asks the real one the first time, and itself ever after."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.answers: dict[tuple[object, ...], Reply] = {}
        self.refusals: dict[tuple[object, ...], Refused] = {}

    def get(self, path, *, params=(), auth=None):
        key = (path, *params)
        if key in self.refusals:
            raise self.refusals[key]
        if key not in self.answers:
            try:
                self.answers[key] = self._http.get(path, params=params, auth=auth)
            except Refused as error:
                self.refusals[key] = error
                raise
        return self.answers[key]

    def post_form(self, path, *, form, auth=None):
        key = (path, "POST")
        if key not in self.answers:
            self.answers[key] = self._http.post_form(path, form=form, auth=auth)
        return self.answers[key]

    def close(self) -> None:
        self._http.close()

    @property
    def pages(self) -> list[bytes]:
        return [reply.body for reply in self.answers.values()]
