"""OpenSSL's verdicts on a certificate, by the numbers of its openssl-verify(1)."""

import ssl

EARLY = frozenset({9})
EXPIRED = frozenset({10})
STRANGE = frozenset({2, 18, 19, 20, 21})
"""No authority that we believe has signed it."""
PURPOSE = frozenset({26})
"""Its extended key usage is not for this."""
NAME = frozenset({62, 64})
"""It is somebody else's: by DNS name, by IP address."""


def words(error: ssl.SSLError) -> str:
    """Return what OpenSSL says itself, without its numbers."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or error.strerror or str(error)).replace("_", " ").lower()
