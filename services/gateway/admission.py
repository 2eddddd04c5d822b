"""Who may call what, and how often: asked once for each request."""

from services.gateway.exchange import Request
from services.gateway.guard.access import Access
from services.gateway.guard.rates import Rates


class Admission:
    """Access first, then the rate: who is not known has no budget to spend."""

    def __init__(self, access: Access, rates: Rates) -> None:
        self._access = access
        self._rates = rates
        self.open = access.open and rates.open
        """Whether anyone may call anything at any time: then nothing is asked."""

    async def admit(self, selector: str, request: Request) -> None:
        """Let *request* call *selector*, once.

        Raises:
            Failure: UNAUTHENTICATED, PERMISSION_DENIED or RESOURCE_EXHAUSTED.
        """
        if self.open or request.admitted == selector:
            return
        await self._access.admit(selector, request)
        await self._rates.take(selector, request)
        request.admitted = selector

    async def admit_operator(self, request: Request) -> None:
        """Let *request* see what only operators may.

        Raises:
            Failure: UNAUTHENTICATED.
        """
        await self._access.admit_to_console(request)
