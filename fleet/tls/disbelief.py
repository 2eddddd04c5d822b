"""Why a server's certificate is not believed, in words for people."""

import ssl
import time

from fleet.tls import verdicts
from fleet.tls.certificate import Certificate, day, ends, issuer, names, starts
from fleet.tls.contexts import believe_only
from fleet.tls.greeting import Contact


async def disbelief(contact: Contact, error: ssl.SSLCertVerificationError) -> str:
    """Return what is wrong with the certificate of *contact*; connects up to twice.

    Args:
        contact: Whose certificate OpenSSL has refused.
        error: What it says of it.

    Raises:
        OSError: They do not show it again.
    """
    code = error.verify_code
    if code in verdicts.PURPOSE:
        return "its certificate is not for a server (extended key usage)"
    theirs = await _shown(contact)
    if code in verdicts.NAME:
        return f"its certificate is for {names(theirs)}, not for {contact.name}"
    if code in verdicts.EXPIRED and ends(theirs) < time.time():
        return f"its certificate has expired ({day(ends(theirs))})"
    if code in verdicts.EARLY:
        return f"its certificate is not valid before {day(starts(theirs))}"
    signed = f"issuer {issuer(theirs)}"
    if code in verdicts.STRANGE:
        return f"its certificate is of an authority that we do not know ({signed})"
    return f"its certificate is not valid: {verdicts.words(error)} ({signed})"


async def _shown(contact: Contact) -> Certificate:
    """Return what their certificate says.

    The standard library reads only a certificate that it believes. So it is asked for
    once with no belief at all, and once more to be believed for itself alone.
    """
    context = contact.context()
    async with contact.greeted(context) as (_, tls):
        pem = ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True) or b"")
    believe_only(context, pem.encode(), always=True)
    async with contact.greeted(context) as (_, tls):
        return tls.getpeercert() or {}
