"""How a client encrypts, and whom it believes."""

from dataclasses import dataclass

from fleet.tls.files import TlsFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """TLS towards every endpoint of a channel; with `files.cert`, mutual TLS."""

    files: TlsFiles
    """Whom to believe, and what to present when a server asks. They are read again
    when they change, see `fleet.tls.keeper`."""
    name: str | None = None
    """What a server's certificate must say: a DNS name or an IP address among its
    subject alternative names (RFC 9525; the common name counts for nothing). None:
    the name in the target, or each endpoint's own address where there is none."""

    def expected(self, target: str) -> str | None:
        """Return the name that every certificate must say; None: its task's address.

        `dns://game-server.local:5000` gives `game-server.local`, and so does
        `cloudmap://local/game-server:5000`, as Cloud Map calls it in DNS. Every
        other target is a list of addresses, or a lookup of one's own.
        """
        return self.name or _name_in(target)


def _name_in(target: str) -> str | None:
    scheme, _, rest = target.partition("://")
    before, slash, after = rest.partition("?")[0].partition("/")
    match scheme.lower():
        case "dns":
            return _host(after if slash else before)
        case "cloudmap" if slash:
            return f"{_host(after)}.{before}".lower()
    return None


def _host(text: str) -> str:
    return text.partition(":")[0].removesuffix(".").lower()
