"""One client: it sees its own calls only, and treats them as the channel does."""

from collections import deque

from benchmarks.simulator.call import Attempt, Call, Failure
from benchmarks.simulator.events import Events
from benchmarks.simulator.journal import Journal
from benchmarks.simulator.peer import Peer
from benchmarks.simulator.retries import Retries
from benchmarks.simulator.task import RTT_S
from benchmarks.simulator.view import View
from fleet.client.leaving.standing import Standing
from fleet.client.overload.line import LineConfig

CROSS_S = 0.001
"""What a call to another zone takes longer."""


class Client:
    """Makes calls, each as a row of attempts under one deadline."""

    def __init__(
        self,
        events: Events,
        view: View,
        retries: Retries,
        journal: Journal,
    ) -> None:
        self._events = events
        self._view = view
        self._retries = retries
        self._journal = journal
        self._line: list[Call] = []
        self._config = LineConfig()
        self._deadlines: deque[Call] = deque()

    def call(self, call: Call) -> None:
        """Begin a call; calls have one timeout, so that they expire in order."""
        self._retries.count(call.began)
        if not self._deadlines:
            self._events.at(call.deadline, self._expire)
        self._deadlines.append(call)
        self._attempt(call)
        if after_s := self._view.hedge_s(call):
            self._events.at(call.began + after_s, self._hedge, call)

    def answered(self, attempt: Attempt) -> None:
        """Take an answer."""
        call, took_s = attempt.call, self._took_s(attempt)
        self._end(attempt)
        self._view.ended_well(attempt, took_s)
        self._give_up(call, late=False)
        call.ended = True
        late_s = took_s - (self._events.now - attempt.began)
        whole_s = self._events.now - call.began + late_s
        self._journal.answered.append((call.began, whole_s))
        self._serve_line()

    def failed(self, attempt: Attempt, failure: Failure) -> None:
        """Take a failure: try again, or fail the call."""
        if attempt.gone:
            return
        call = attempt.call
        self._end(attempt)
        self._view.failed(attempt, failure)
        call.tried = (*call.tried, attempt.peer)
        if not call.attempts:
            self._again(call, failure)
        self._serve_line()

    def _again(self, call: Call, failure: Failure) -> None:
        pause_s = self._retries.pause_s(call, failure, len(self._view.peers))
        left_s = call.deadline - self._events.now
        if pause_s is None or pause_s >= left_s:
            self._fail(call)
            return
        self._journal.retries += 1
        if pause_s:
            self._events.at(self._events.now + pause_s, self._attempt, call)
        else:
            self._attempt(call)

    def _attempt(self, call: Call) -> None:
        """Make an attempt, or wait in line for a place."""
        if call.ended:
            return
        if peer := self._view.pick(call):
            self._start(call, peer)
        elif self._view.nobody() or len(self._line) >= self._config.most:
            self._fail(call)
        else:
            call.in_line = True
            self._line.append(call)
            patience_s = call.deadline - self._events.now
            patience_s *= self._config.share_of_deadline
            self._events.at(self._events.now + patience_s, self._lose_patience, call)

    def _start(self, call: Call, peer: Peer, since: float | None = None) -> None:
        now, trial = self._events.now, peer.standing is Standing.TRIAL
        attempt = Attempt(call, peer, self, now, now if since is None else since, trial)
        call.attempts.append(attempt)
        peer.begin(trial=trial)
        far = peer.endpoint.zone != self._view.seat.zone
        self._journal.attempt(peer, now, far=far)
        peer.task.take(attempt)

    def _hedge(self, call: Call) -> None:
        """Make the call once more, elsewhere."""
        if call.ended or len(call.attempts) != 1 or not self._retries.hedged():
            return
        [first] = call.attempts
        call.tried = (*call.tried, first.peer)
        peer = self._view.pick(call)
        if peer and peer not in call.tried:
            self._journal.hedges += 1
            self._start(call, peer, since=first.began)

    def _lose_patience(self, call: Call) -> None:
        if call.in_line and not call.ended:
            self._fail(call)

    def _serve_line(self) -> None:
        """Give free places to who waits, the newest first."""
        while self._line:
            call = self._line[-1]
            if not call.ended:
                peer = self._view.pick(call)
                if peer is None:
                    return
                call.in_line = False
                self._start(call, peer)
            self._line.pop()

    def _expire(self) -> None:
        """Fail what has reached its deadline."""
        waiting, now = self._deadlines, self._events.now
        while waiting and (waiting[0].ended or waiting[0].deadline <= now):
            call = waiting.popleft()
            if not call.ended:
                self._give_up(call, late=True)
                self._fail(call)
        if waiting:
            self._events.at(waiting[0].deadline, self._expire)
        self._serve_line()

    def _give_up(self, call: Call, *, late: bool) -> None:
        for attempt in tuple(call.attempts):
            self._end(attempt)
            self._view.given_up(attempt, late=late)
            attempt.peer.task.drop(attempt)

    def _fail(self, call: Call) -> None:
        call.ended = True
        self._journal.failed.append(call.began)

    def _end(self, attempt: Attempt) -> None:
        attempt.gone = True
        attempt.peer.end(trial=attempt.trial)
        attempt.call.attempts.remove(attempt)

    def _took_s(self, attempt: Attempt) -> float:
        far = attempt.peer.endpoint.zone != self._view.seat.zone
        return self._events.now - attempt.began + RTT_S + CROSS_S * far
