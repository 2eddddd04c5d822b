"""The certificates of one fleet: who has one, where it is, when it is renewed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.local.tls.issued import Issue, Subject
from fleet.local.tls.place import place
from fleet.tls.files import TlsFiles

PEOPLE = "laptop"
"""Whom commands, and the supervisor itself, are to servers."""


@dataclass(slots=True)
class _Bearer:
    subject: Subject
    cert: Path
    key: Path
    renew_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Certificates:
    """Issues certificates into a folder, and keeps them fresh.

    A service has one for all of its tasks. It names the addresses that they have had
    until now, not all that they could ever get: whoever checks a caller goes through
    all of them.
    """

    folder: Path
    """Within one that is private to its owner: keys lie in it."""
    domain: str
    issue: Issue
    life: timedelta = timedelta(days=30)
    """Longer than a laptop sleeps, for it would wake up with nothing that is valid.
    Renewed at half of it, as SPIRE does: one that fails has as long again to be
    noticed, and tasks do not yet warn of its end (`fleet.tls.keeper.SOON_S`)."""
    now: Callable[[], datetime] = _now
    _bearers: dict[str, _Bearer] = field(default_factory=dict, init=False)

    def begin(self, ca: bytes) -> None:
        """Make the folder, with the certificate *ca* that all shall believe."""
        (self.folder / "services").mkdir(mode=0o700, parents=True)
        place({self.ca: ca})
        self._add(PEOPLE, Subject(name=PEOPLE, dns=(PEOPLE,)))

    @property
    def ca(self) -> Path:
        """The file of the authority's own certificate."""
        return self.folder / "ca.pem"

    @property
    def people(self) -> TlsFiles:
        """What a command shows, and whom it believes."""
        return self._files(self._bearers[PEOPLE])

    def service(self, name: str, host: str) -> TlsFiles:
        """Return the files of the service *name*, which has a task at *host*.

        Raises:
            OSError: They cannot be written.
        """
        path = f"services/{name}"
        if path not in self._bearers:
            dns = (f"{name}.{self.domain}", "localhost")
            subject = Subject(name=name, dns=dns, hosts=(host,), serves=True)
            self._add(path, subject)
        bearer = self._bearers[path]
        if host not in bearer.subject.hosts:
            hosts = (*bearer.subject.hosts, host)
            self._renew(replace(bearer.subject, hosts=hosts), bearer)
        return self._files(bearer)

    def renew(self, *, every: bool) -> int:
        """Replace every certificate, or those past half of their life; count them.

        Raises:
            OSError: They cannot be written; the old ones stay.
        """
        now = self.now()
        due = [b for b in self._bearers.values() if every or b.renew_at <= now]
        for bearer in due:
            self._renew(bearer.subject, bearer)
        return len(due)

    def _add(self, path: str, subject: Subject) -> None:
        cert, key = self.folder / f"{path}.pem", self.folder / f"{path}.key"
        bearer = _Bearer(subject, cert, key, self.now())
        self._renew(subject, bearer)
        self._bearers[path] = bearer

    def _renew(self, subject: Subject, bearer: _Bearer) -> None:
        now = self.now()
        issued = self.issue(subject, now, now + self.life)
        place({bearer.key: issued.key, bearer.cert: issued.cert})
        bearer.subject, bearer.renew_at = subject, now + self.life / 2

    def _files(self, bearer: _Bearer) -> TlsFiles:
        return TlsFiles(ca=self.ca, cert=bearer.cert, key=bearer.key)
