"""What is said of a token that is not good."""

import jwt

from services.gateway.failure import Failure
from services.gateway.guard.identity import BEARER, unauthenticated

NEEDED = ["exp", "iss", "aud", "sub"]
"""Claims without which a token says too little."""
HOSTILE = (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError)
"""What a token can make its reader raise."""
_WHY: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "has expired"),
    (jwt.ImmatureSignatureError, "is not valid yet"),
    (jwt.InvalidAudienceError, "is for another audience"),
    (jwt.InvalidIssuerError, "is of an issuer that is not taken here"),
    (jwt.InvalidAlgorithmError, "is signed in a way that is not taken here"),
    (jwt.InvalidSignatureError, "has a signature that does not fit"),
    (jwt.InvalidKeyError, "is signed with a key that is too short"),
    (jwt.MissingRequiredClaimError, f"needs the claims {', '.join(NEEDED)}"),
)


def refused(error: Exception) -> Failure:
    """Return what is said of a token whose reading raised *error*: never its text."""
    for kind, text in _WHY:
        if isinstance(error, kind):
            return bad_token(
                f"the token {text}", expired=kind is jwt.ExpiredSignatureError
            )
    return bad_token("the token is malformed")


def bad_token(text: str, *, expired: bool = False) -> Failure:
    """Return the failure of a bad token, in the words of RFC 6750."""
    reason = "ACCESS_TOKEN_EXPIRED" if expired else "ACCESS_TOKEN_INVALID"
    challenge = f'{BEARER}, error="invalid_token", error_description="{text}"'
    return unauthenticated(reason, text, [challenge])
