"""`fleet call`."""

import argparse

from fleet.cli.calling.arguments import arguments, call_options
from fleet.cli.calling.load import repeat
from fleet.cli.calling.one import OneCall, encoded
from fleet.cli.calling.summary import print_summary, summary
from fleet.cli.destination import opened
from fleet.cli.out import data
from fleet.cli.schema.jsonin import typed_text
from fleet.cli.schema.methods import find_method
from fleet.cli.session import Session
from fleet.client.reflection import Reflection

__all__ = ["EXAMPLE", "arguments", "run"]

EXAMPLE = """\
  fleet call game-server rpc.Rpc/GetChampion '{"champion_id": 1}'
  fleet call 127.0.0.1:5000 rpc.Rpc.ListChampions --repeat 1000 --concurrency 8
  fleet call dns://game-server.local:5000 /rpc.Rpc/GetChampion @request.json"""


async def run(options: argparse.Namespace, session: Session) -> int:
    """Call a method; print the replies, or with --repeat a summary.

    The exit code is 64 + the number of the status for a call that failed, and 1
    where some of many did.
    """
    text = typed_text(options.json_argument)
    async with opened(options, session) as wire:
        reflection = Reflection(wire)
        found = await find_method(reflection, options.method)
        bodies = encoded(text, found, reflection)
        call = OneCall(reflection, found, bodies, call_options(options, found))
        if options.repeat is None:
            return await call.aloud()
        before = wire.channel.explain()
        outcome = await repeat(call.quietly, options.repeat, options.concurrency)
        told = summary(outcome, before, wire.channel.explain())
    if session.json:
        data(told)
    else:
        print_summary(told)
    return 1 if outcome.failures else 0
