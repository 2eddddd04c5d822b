"""The scenarios. A call takes 10 ms, on average, where nothing else is said."""

from benchmarks.simulator.faults import Cold, Deploy, FailFast, Hiccup, Lost, Slow
from benchmarks.simulator.methods import Method
from benchmarks.simulator.scenario import Scenario
from benchmarks.simulator.task import Terms

EQUAL = Scenario(name="equal", title="ten equal tasks at 70 % load")

SLOW = Scenario(
    name="slow",
    title="one of ten tasks 8 times slower, from 10 s to 20 s",
    faults=(Slow(task=3, factor=8, at_s=10, until_s=20),),
    marked=(3,),
    marked_between=(10, 20),
    trouble=(10, 20),
)

COLD = Scenario(
    name="cold",
    title="a tenth task joins at 10 s; its first 200 calls take 8 times longer",
    tasks=9,
    clients=3,
    faults=(Cold(at_s=10, calls=200, factor=8),),
    marked=(9,),
    marked_between=(10, 15),
    trouble=(10, 15),
)

ZONE = Scenario(
    name="zone",
    title="three zones with a client each; zone a is lost from 10 s to 20 s",
    tasks=9,
    clients=3,
    zones=("a", "b", "c"),
    load=0.5,
    safe_share=0.5,
    faults=(Lost(zone="a", at_s=10, until_s=20),),
    marked=(0, 3, 6),
    marked_between=(21, 30),
    trouble=(10, 20),
    also=("fleet + zone",),
    plot="far",
)

HERD = Scenario(
    name="herd",
    title="a deploy replaces all ten tasks within a second at 10 s; all are cold",
    clients=3,
    load=0.4,
    duration_s=20,
    faults=(Deploy(at_s=10, within_s=1, calls=50, factor=4),),
    trouble=(10, 11),
)

HOLE = Scenario(
    name="hole",
    title="one of ten tasks fails every call at once, from 10 s to 20 s",
    clients=3,
    safe_share=0.5,
    faults=(FailFast(task=3, at_s=10, until_s=20),),
    marked=(3,),
    marked_between=(10, 20),
    trouble=(10, 20),
    plot="failed",
)

MIXED = Scenario(
    name="mixed",
    title="nine of ten calls take 2 ms, the tenth takes 80 ms; equal tasks",
    tasks=5,
    terms=Terms(workers=2),
    clients=3,
    methods=(Method(mean_s=0.002, share=0.9), Method(mean_s=0.08, share=0.1)),
)

TWICE = Scenario(
    name="twice",
    title="twice the calls that ten tasks can serve; tasks refuse what waits too long",
    load=2.0,
    timeout_s=1.0,
    terms=Terms(cancels=False, max_lag_s=0.2),
    duration_s=15,
    plot="goodput",
)

DEAF = Scenario(
    name="deaf",
    title="the same, but tasks refuse nothing and serve what nobody waits for",
    load=2.0,
    timeout_s=1.0,
    terms=Terms(cancels=False),
    duration_s=15,
    plot="goodput",
)

MANY = Scenario(
    name="many",
    title="50 clients with 14 calls a second each; one of ten tasks 8 times slower",
    clients=50,
    faults=(Slow(task=3, factor=8, at_s=10, until_s=20),),
    marked=(3,),
    marked_between=(10, 20),
    trouble=(10, 20),
    also=("fleet + subset",),
)

HICCUP = Scenario(
    name="hiccup",
    title="one of ten tasks stands still for 500 ms every 5 s",
    clients=3,
    faults=(Hiccup(task=3, every_s=5, for_s=0.5),),
    marked=(3,),
    marked_between=(0, 30),
    also=("fleet + hedge",),
)

ROOMS = Scenario(
    name="rooms",
    title="calls of 1,000 rooms at 50 % load; one of ten tasks slower, as above",
    load=0.5,
    keys=1000,
    faults=(Slow(task=3, factor=8, at_s=10, until_s=20),),
    marked=(3,),
    marked_between=(10, 20),
    trouble=(10, 20),
    also=("fleet + affinity", "fleet + bounded"),
)

ALL = (
    EQUAL,
    SLOW,
    MANY,
    COLD,
    HERD,
    HOLE,
    ZONE,
    MIXED,
    HICCUP,
    TWICE,
    DEAF,
    ROOMS,
)
SCENARIOS = {scenario.name: scenario for scenario in ALL}
