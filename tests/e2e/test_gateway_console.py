"""The console in a real browser, before a real gateway and a real fleet."""

import asyncio
import hashlib
import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # has none
from playwright.async_api import Browser, Page, expect

from ranking.period import period_at, previous
from ranking.spec import BoardSpec
from tests.e2e.console_stage import SCREENSHOTS, Stage, browser, gateway, page, stage
from tests.support.task import champion

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(180)]

VIEWS = ("fleet", "rankings", "champions", "explorer")
ZOO = Path(__file__).parent / "fleet_command_zoo.py"
WIDTHS = (360, 1280)
PLAYERS = 24


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fleet() -> AsyncIterator[Stage]:
    """Three game servers with a store, a gateway, and a board with players."""
    with tempfile.TemporaryDirectory(prefix="fl-") as folder:
        async with stage(Path(folder) / "h") as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def tab(fleet: Stage, chromium: Browser) -> AsyncIterator[Page]:
    """The page, freshly opened; it fails the test if the page complains."""
    async with page(chromium, fleet.url) as opened:
        yield opened


async def opened(tab: Page, view: str) -> None:
    await tab.click(f"#tab-{view}")
    await expect(tab.locator(f"#{view}")).to_be_visible()


async def score(tab: Page, user: str, points: int, board: str = "daily") -> Any:  # noqa: ANN401 - JSON
    """Report a score the way a game does: not through the page's own form."""
    answer = await tab.request.post(
        f"/v1/rankings/{board}/scores",
        data={"user": {"userId": user, "name": user.title()}, "score": points},
    )
    assert answer.ok, await answer.text()
    return await answer.json()


async def players(tab: Page) -> None:
    for number in range(PLAYERS):
        await score(tab, f"player{number:02}", 1000 + number)


async def shot(tab: Page, name: str) -> None:
    await asyncio.to_thread(SCREENSHOTS.mkdir, parents=True, exist_ok=True)
    await tab.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def lane(tab: Page, endpoint: str) -> Any:  # noqa: ANN401 - a locator
    return tab.locator(f'.tasks tr[data-key$=" {endpoint}"]')


async def endpoints(tab: Page) -> list[str]:
    rows = tab.locator(".tasks tr[data-key] th")
    await expect(rows.first).to_be_visible()
    return await rows.all_inner_texts()


# The fleet.


async def test_the_fleet_shows_every_task_and_where_calls_go(tab: Page) -> None:
    await expect(tab.locator("#link-text")).to_have_text("live")
    await expect(tab.locator(".figures dd").first).to_have_text("3 of 3")
    assert len(await endpoints(tab)) == 3

    await tab.get_by_role("button", name="Send traffic").click()
    calls = tab.locator(".tasks tr[data-key] td:nth-child(5)")
    for at in range(3):
        await expect(calls.nth(at)).not_to_have_text("0", timeout=20_000)
    await tab.get_by_role("button", name="Stop").click()

    await expect(tab.locator(".traffic")).to_contain_text("0 lost")
    # A line needs two snapshots.
    await expect(tab.locator(".plot .trace").nth(2)).to_be_attached(timeout=20_000)
    said = re.compile("^3 tasks, ")
    await expect(tab.locator(".plot desc")).to_have_text(said, timeout=20_000)


async def test_a_kill_a_scale_out_and_a_drain_are_seen_and_lose_no_call(
    fleet: Stage, tab: Page
) -> None:
    first, second, _third = sorted(await endpoints(tab))
    happened = tab.locator(".happened")
    await tab.get_by_role("button", name="Send traffic").click()

    assert (await fleet.fleet.fleet("kill", "game-server-1")).code == 0
    killed = happened.locator("li", has_text=first)
    await expect(killed).not_to_have_count(0, timeout=20_000)
    await expect(lane(tab, first)).to_contain_text("ready", timeout=20_000)

    assert (await fleet.fleet.fleet("scale", "game-server=5")).code == 0
    await expect(tab.locator(".tasks tr[data-key]")).to_have_count(5, timeout=20_000)
    await expect(tab.locator(".plot .lane")).to_have_count(5)
    await expect(tab.locator(".figures dd").first).to_have_text("5 of 5")

    stopping = asyncio.create_task(fleet.fleet.fleet("stop", "game-server-2"))
    drained = happened.locator("li", has_text=second).filter(has_text="not serving")
    await expect(drained).not_to_have_count(0, timeout=20_000)
    await expect(tab.locator(".plot .band.leaving")).not_to_have_count(0)
    assert (await stopping).code == 0
    gone = happened.locator("li", has_text=second).filter(has_text="left the fleet")
    await expect(gone).not_to_have_count(0, timeout=20_000)

    await expect(tab.locator(".traffic")).to_contain_text("0 lost")
    await shot(tab, "fleet-changes")
    assert (await fleet.fleet.fleet("scale", "game-server=3")).code == 0
    await expect(tab.locator(".tasks tr[data-key]")).to_have_count(3, timeout=20_000)


async def test_the_plot_tells_what_was_under_the_pointer(tab: Page) -> None:
    await endpoints(tab)
    plot = tab.locator(".plot")
    box = await plot.bounding_box()
    assert box is not None

    await tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    await expect(plot.locator(".cursor")).to_have_count(1)
    await tab.mouse.move(0, 0)
    await expect(plot.locator(".cursor")).to_have_count(0)


async def test_a_gateway_that_goes_is_told_and_found_again(
    fleet: Stage, chromium: Browser
) -> None:
    async with page(chromium, fleet.url) as tab:
        await expect(tab.locator("#link-text")).to_have_text("live")
        # A fetch that fails is written to the console by the browser itself, so
        # the feed is ended by a route that answers as a leaving gateway does.
        await tab.route("**/-/fleet", lambda route: route.fulfill(body="retry: 1\n\n"))
        await tab.evaluate("document.getElementById('key-forget').click()")
        await expect(tab.locator("#link-text")).to_have_text("reconnecting")
        await tab.unroute("**/-/fleet")
        await expect(tab.locator("#link-text")).to_have_text("live", timeout=20_000)


# The rankings.


async def test_a_row_moves_when_a_score_comes(tab: Page) -> None:
    await players(tab)
    await opened(tab, "rankings")
    rows = tab.locator(".ranks:not(.brief) tbody tr")
    await expect(rows).to_have_count(10)
    await expect(tab.locator("#rankings .panel-head .link").first).to_have_text("live")

    best = await score(tab, "mover", 5000)
    assert best["entry"]["rank"] == "1"
    await expect(rows.first).to_contain_text("Mover")
    await expect(rows.first.locator(".move")).to_contain_text("new")

    await score(tab, "player03", 6000)
    await expect(rows.first).to_contain_text("Player03")
    await expect(rows.first.locator(".move")).to_contain_text("▲")
    await expect(tab.locator(".changes li").first).to_contain_text("Player03")


async def test_a_user_is_found_with_the_neighbours(tab: Page) -> None:
    await players(tab)
    await opened(tab, "rankings")
    await tab.get_by_label("User id").first.fill("player10")
    await tab.keyboard.press("Enter")

    self = tab.locator(".brief tr.self")
    await expect(self).to_contain_text("player10")
    await expect(tab.locator(".brief tbody tr")).to_have_count(11)
    await tab.get_by_label("User id").first.fill("nobody")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#rankings")).to_contain_text("nobody has no score here")


async def test_pages_days_and_boards_are_turned(tab: Page) -> None:
    await players(tab)
    await opened(tab, "rankings")
    rank = tab.locator(".ranks:not(.brief) tbody tr:first-child .place")
    await expect(rank).to_have_text("1")
    await tab.get_by_role("button", name="Further down").click()
    await expect(rank).to_have_text("11")
    await tab.get_by_role("button", name="Better").click()
    await expect(rank).to_have_text("1")

    days = await tab.locator("#period option").all_inner_texts()
    assert len(days) == 31
    await tab.select_option("#period", index=1)
    await expect(tab.locator("#rankings")).to_contain_text("Nobody has a score here")
    await expect(tab.locator("#rankings .panel-head .link").first).to_have_text("final")
    await tab.select_option("#board", "speedrun")
    await expect(tab.locator("#rankings")).to_contain_text("lowest first")


async def test_a_score_is_added_by_the_form_and_a_refusal_shown(tab: Page) -> None:
    await opened(tab, "rankings")
    form = tab.locator("form", has=tab.get_by_role("button", name="Add score"))
    await form.get_by_label("User id").fill("former")
    await form.get_by_label("Score").fill("7000")
    await form.get_by_label("Grade").fill("GOLD")
    await form.get_by_role("button").click()
    await expect(form).to_contain_text("former has rank")
    await form.get_by_label("Score").fill("1")
    await form.get_by_role("button").click()
    await expect(form).to_contain_text("that was not better")


async def test_no_store_is_explained(chromium: Browser) -> None:
    async with champion(CHAMPION_STORE="") as task:
        target = f"fixed://{await task.address()}"
        async with gateway(target) as url, page(chromium, f"{url}/#/rankings") as tab:
            notice = tab.locator("#rankings .notice").first
            await expect(notice).to_contain_text("There are no rankings here")
            await opened(tab, "champions")
            await expect(tab.locator(".card").first).to_contain_text("Akali")


async def test_past_periods_are_named_as_the_server_names_them(tab: Page) -> None:
    script = """async (boards) => {
        const { past } = await import("/console/rankings/periods.js");
        return boards.map(past);
    }"""
    moments = [datetime(2026, month, day, 12, tzinfo=UTC) for month, day in MOMENTS]
    specs = [BoardSpec(name="b", period=period) for period in PERIODS]
    cases = [(spec, moment) for spec in specs for moment in moments]

    wanted = [named(spec, moment) for spec, moment in cases]
    boards = [
        {"period": spec.period, "currentPeriod": names[0], "daysKept": 0}
        for (spec, _), names in zip(cases, wanted, strict=True)
    ]
    assert await tab.evaluate(script, boards) == [names[1:] for names in wanted]


MOMENTS = [(1, 1), (1, 4), (3, 31), (11, 21), (12, 28), (12, 31)]
PERIODS: tuple[Literal["daily", "weekly", "monthly"], ...] = (
    "daily",
    "weekly",
    "monthly",
)


def named(spec: BoardSpec, moment: datetime) -> list[str]:
    """Return the period of *moment* and the 31 before it."""
    periods = [period_at(spec, int(moment.timestamp() * 1000))]
    while len(periods) <= 31:
        periods.append(previous(spec, periods[-1]))
    return [period.name for period in periods]


async def test_events_are_read_however_they_are_cut(tab: Page) -> None:
    script = """async (text) => {
        const { EventParser } = await import("/console/wire/events.js");
        const found = new Set();
        for (let size = 1; size <= text.length; size += 1) {
            const parser = new EventParser();
            const events = [];
            for (let at = 0; at < text.length; at += size) {
                events.push(...parser.push(text.slice(at, at + size)));
            }
            found.add(JSON.stringify([events, parser.lastId, parser.retryMs]));
        }
        return [...found].map((each) => JSON.parse(each));
    }"""
    text = (
        ": beat\r\n\r\nretry: 250\nid: 7\ndata: one\ndata:  two\n\n"
        "event: stream-error\rdata:{}\r\revent: empty\n\ndata: é\n\ndata: half"
    )
    events = [
        {"kind": "message", "data": "one\n two"},
        {"kind": "stream-error", "data": "{}"},
        {"kind": "message", "data": "é"},
    ]
    assert await tab.evaluate(script, text) == [[events, "7", 250]]


# The explorer.


async def method(tab: Page, name: str) -> None:
    await opened(tab, "explorer")
    await tab.locator(".methods").get_by_role("button", name=name).first.click()


async def send(tab: Page) -> None:
    await tab.get_by_role("button", name="Send", exact=True).click()


async def test_a_call_is_made_from_the_form_and_remembered(tab: Page) -> None:
    await method(tab, "GetChampion")
    await tab.get_by_label("champion_id").fill("2")
    await send(tab)

    await expect(tab.locator(".answer-line")).to_contain_text("OK")
    await expect(tab.locator(".answer .code")).to_contain_text("Kennen")
    await tab.get_by_role("tab", name="Headers").nth(1).click()
    await expect(tab.locator(".pairs")).to_contain_text("x-request-id")

    await method(tab, "ListBoards")
    await tab.locator(".history button", has_text="GetChampion").click()
    await expect(tab.locator(".method-head h2")).to_have_text("rpc.Rpc/GetChampion")
    await expect(tab.locator(".answer .code")).to_contain_text("Kennen")


async def test_the_form_and_the_json_say_the_same(tab: Page) -> None:
    await method(tab, "UpdateScore")
    await tab.get_by_role("checkbox", name="user").check()
    await tab.get_by_label("user_id").fill("ada")
    await tab.locator("#explorer").get_by_label("score").fill("9007199254740991")
    await tab.get_by_role("tab", name="JSON").click()
    area = tab.get_by_label("Request as JSON")
    said = {"user": {"userId": "ada"}, "score": "9007199254740991"}
    assert json.loads(await area.input_value()) == said

    await area.fill(
        '{"user": {"user_id": "grace"}, "occurredAt": "2026-01-01T00:00:00Z"}'
    )
    await tab.get_by_role("tab", name="Form").click()
    await expect(tab.get_by_label("user_id")).to_have_value("grace")
    await expect(tab.get_by_label("occurred_at")).to_have_value("2026-01-01T00:00:00Z")
    await tab.get_by_role("tab", name="JSON").click()
    await area.fill("{nothing")
    await send(tab)
    await expect(tab.get_by_role("alert").filter(has_text="JSON")).to_be_visible()


async def test_a_refusal_names_the_code_the_field_and_the_deadline(tab: Page) -> None:
    await method(tab, "GetChampion")
    await tab.get_by_label("champion_id").fill("404")
    await send(tab)
    await expect(tab.locator(".answer-line")).to_contain_text("NOT_FOUND")
    await expect(tab.locator(".answer .code")).to_contain_text("404")

    await tab.get_by_label("champion_id").fill("many")
    await expect(tab.locator(".wrong")).to_have_text("allowed is a whole number")
    await send(tab)
    await expect(tab.locator(".answer-line")).to_contain_text("INVALID_ARGUMENT")

    await method(tab, "WatchRanking")
    await tab.get_by_label("Deadline, ms").fill("300")
    await send(tab)
    await expect(tab.locator(".answer-line")).to_contain_text("DEADLINE_EXCEEDED")


async def test_a_stream_is_logged_as_it_comes_and_cancelled(tab: Page) -> None:
    await method(tab, "WatchRanking")
    await expect(tab.locator(".method-head")).to_contain_text("SERVER STREAM")
    await send(tab)
    log = tab.locator(".log li")
    await expect(log).to_have_count(1)  # where it begins
    await score(tab, "streamer", 4242)
    await expect(log.last).to_contain_text("streamer")
    await expect(log.last).to_contain_text("+")
    await shot(tab, "explorer-stream")
    await tab.get_by_role("button", name="Cancel").click()
    await expect(tab.locator(".answer-line")).to_contain_text("CANCELLED")
    await expect(log.last).to_contain_text("streamer")


@pytest.mark.needs("curl")
@pytest.mark.parametrize("name", ["GetChampion", "WatchRanking"])
async def test_what_is_copied_as_curl_can_be_run(
    fleet: Stage, chromium: Browser, name: str
) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    async with page(chromium, fleet.url, permissions=allowed) as tab:
        await method(tab, name)
        if name == "GetChampion":
            await tab.get_by_label("champion_id").fill("3")
        await tab.get_by_label("Deadline, ms").fill("500")
        await tab.get_by_role("button", name="Copy as curl").click()
        await expect(tab.get_by_role("button", name="Copied")).to_be_visible()
        line = await tab.evaluate("navigator.clipboard.readText()")
        await tab.get_by_role("button", name="Copy as grpcurl").click()
        await expect(tab.get_by_role("button", name="Copied").last).to_be_visible()

    done = await asyncio.create_subprocess_shell(line, stdout=subprocess.PIPE)
    out, _ = await done.communicate()
    assert {"GetChampion": b"Tryndamere", "WatchRanking": b"resumeToken"}[name] in out


async def test_copied_lines_are_quoted_and_go_to_a_task(tab: Page) -> None:
    script = """async ([call, where]) => {
        const { asCurl, asGrpcurl } = await import("/console/explorer/copy.js");
        return [asCurl(call), asGrpcurl(call, where)];
    }"""
    call = {
        "method": {"path": "a.B/C", "server_streaming": False},
        "text": '{ "name": "it\'s; $(x)", "big": 9007199254740993 }',
        "headers": [["x-note", "it's"]],
        "timeoutMs": 1500,
    }
    curl, grpcurl = await tab.evaluate(script, [call, "127.0.0.1:5000"])
    words = shlex.split(curl)
    assert words[2:8:2] == ["-H", "-H", "-H"]
    assert words[-1] == call["text"]
    assert shlex.split(grpcurl) == [
        *("grpcurl", "-plaintext", "-H", "x-note: it's", "-max-time", "1.5"),
        *("-d", call["text"], "127.0.0.1:5000", "a.B/C"),
    ]


async def test_a_form_can_say_everything_that_a_message_can(
    zoo: str, chromium: Browser
) -> None:
    async with page(chromium, f"{zoo}/#/explorer") as tab:
        await method(tab, "One")
        await filled(tab)
        await send(tab)
        await expect(tab.locator(".answer-line")).to_contain_text("OK")
        answer = json.loads(await tab.locator(".answer .code").inner_text())
        said = {name: value for name, value in answer.items() if name in ANIMAL}
        assert said == ANIMAL
        await tab.get_by_role("tab", name="JSON").click()
        await tab.get_by_role("tab", name="Form").click()
        await expect(tab.get_by_label("grass", exact=True)).to_have_value("YWI=")
        await shot(tab, "explorer-form")


ANIMAL: dict[str, Any] = {
    "name": "<b>Rex</b>",
    "kind": "DOG",
    "legs": [{"length": 1.5}, {"length": 2.5}],
    "ages": {"a b": "9223372036854775807"},
    "grass": "YWI=",
    "weight": 0,
    "big": "NaN",
    "u": "18446744073709551615",
    "mood": "ANGRY",
    "nums": [1, -2],
    "at": "2020-01-01T00:00:00.500Z",
    "numbered": {"3": {"length": 2.0}},
    "extra": {"b": [1.0, None, "x"]},
}


async def filled(tab: Page) -> None:
    """Type `ANIMAL` into the form."""
    form = tab.locator(".request-body").first
    group = {
        name: form.locator("fieldset").filter(
            has=tab.locator("legend", has_text=re.compile(rf"^{name}\b"))
        )
        for name in ("legs", "ages", "nums", "numbered", "one of: food")
    }
    for label in ("name", "weight", "big", "u", "at"):
        await form.get_by_label(label, exact=True).fill(str(ANIMAL[label]))
    await form.get_by_label("kind", exact=True).select_option("DOG")
    await form.get_by_label("mood", exact=True).select_option("ANGRY")
    await form.get_by_label("extra", exact=True).fill(json.dumps(ANIMAL["extra"]))
    for name in ("legs", "legs", "nums", "nums", "ages", "numbered"):
        await group[name].get_by_role("button", name="Add").click()
    await group["legs"].get_by_label("length").first.fill("1.5")
    await group["legs"].get_by_label("length").last.fill("2.5")
    await group["nums"].get_by_label("nums, item 1").first.fill("1")
    await group["nums"].get_by_label("nums, item 2").first.fill("-2")
    await group["ages"].get_by_label("value").fill("9223372036854775807")
    await group["ages"].get_by_label("key").fill("a b")
    await group["numbered"].get_by_label("length").fill("2")
    await group["numbered"].get_by_label("key").fill("3")
    await group["one of: food"].get_by_role("combobox").select_option("grass")
    await group["one of: food"].get_by_label("grass", exact=True).fill("YWI=")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def zoo() -> AsyncIterator[str]:
    """A gateway in front of a server that was never heard of, with every type."""
    command = [sys.executable, str(ZOO)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(  # noqa: S603, ASYNC220 - our own file, and it starts at once
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        port = int(await asyncio.to_thread(server.stdout.readline))
        routes, policy = Path(folder, "http.yaml"), Path(folder, "gateway.toml")
        await asyncio.to_thread(routes.write_text, "http: {rules: []}\n")
        await asyncio.to_thread(policy.write_text, "")
        more = {"GATEWAY_ROUTES": str(routes), "GATEWAY_POLICY": str(policy)}
        async with gateway(f"fixed://127.0.0.1:{port}", **more) as url:
            yield url
        server.stdin.close()
        await asyncio.to_thread(server.wait, 10)


# The page.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_axe_finds_nothing(
    fleet: Stage, chromium: Browser, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    async with page(chromium, fleet.url, viewport=size, color_scheme=scheme) as tab:
        await players(tab)
        for view in VIEWS:
            await opened(tab, view)
            await settled(tab, view)
            found = await Axe().run(tab)
            problems = [
                (each["id"], each["nodes"][0]["html"])
                for each in found.response["violations"]
            ]
            assert problems == []
            wide = await tab.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{view} scrolls sideways"
            await shot(tab, f"{view}-{width}-{scheme}")


async def settled(tab: Page, view: str) -> None:
    """Wait until *view* shows what it is for, and its colours no longer fade."""
    shows = {
        "fleet": ".tasks tr[data-key]",
        "rankings": ".ranks tbody tr",
        "champions": ".card",
        "explorer": ".methods button",
    }
    await expect(tab.locator(shows[view]).first).to_be_visible()
    await tab.wait_for_function("document.getAnimations().length === 0")


async def test_the_keyboard_goes_everywhere(tab: Page) -> None:
    focused = tab.locator(":focus")
    await tab.keyboard.press("Tab")
    await expect(focused).to_have_text("Skip to the content")
    await tab.keyboard.press("Tab")
    await expect(focused).to_have_id("tab-fleet")
    for view in (*VIEWS[1:], VIEWS[0]):
        await tab.keyboard.press("ArrowRight")
        await expect(focused).to_have_id(f"tab-{view}")
        await expect(tab.locator(f"#{view}")).to_be_visible()
    await tab.keyboard.press("End")
    await expect(tab.locator("#explorer")).to_be_visible()
    assert tab.url.endswith("#/explorer")
    await tab.keyboard.press("Tab")
    await expect(focused).to_have_text("API key")
    await tab.keyboard.press("Enter")
    await expect(focused).to_have_id("key-value")
    await tab.keyboard.press("Escape")
    await expect(focused).to_have_id("key-open")


async def test_a_key_goes_with_every_call_and_is_kept_for_the_tab_only(
    tab: Page,
) -> None:
    await tab.get_by_role("button", name="API key").click()
    await tab.get_by_label("Key", exact=True).fill("secret")
    async with tab.expect_request("**/-/fleet") as told:
        await tab.get_by_role("button", name="Use").click()
    assert (await (await told.value).all_headers())["x-api-key"] == "secret"
    await expect(tab.locator("#key-open")).to_have_text("API key set")
    assert "secret" not in await tab.evaluate("JSON.stringify(localStorage)")
    await tab.get_by_role("button", name="API key set").click()
    await tab.get_by_role("button", name="Forget").click()
    await expect(tab.locator("#key-open")).to_have_text("API key")


async def test_a_guarded_console_says_so_and_opens_with_the_key(
    fleet: Stage, chromium: Browser, tmp_path: Path
) -> None:
    digest = hashlib.sha256(b"open sesame").hexdigest()
    policy = tmp_path / "gateway.toml"
    await asyncio.to_thread(
        policy.write_text,
        f'console_access = ["key"]\n[keys.operator]\nsha256 = "{digest}"\n',
    )
    target, more = fleet.target, {"GATEWAY_POLICY": str(policy)}
    async with gateway(target, **more) as url, page(chromium, url) as tab:
        notice = tab.locator("#fleet .notice")
        await expect(notice).to_contain_text("The fleet cannot be shown")
        await expect(tab.locator("#link-text")).to_have_text("reconnecting")
        await tab.get_by_role("button", name="API key").click()
        await tab.get_by_label("Key", exact=True).fill("open sesame")
        await tab.keyboard.press("Enter")
        await expect(tab.locator(".tasks tr[data-key]").first).to_be_visible()
        await expect(notice).to_be_hidden()
        await expect(tab.locator("#link-text")).to_have_text("live")
        await opened(tab, "explorer")
        await expect(tab.locator(".methods")).to_contain_text("GetChampion")


async def test_the_theme_is_kept(tab: Page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = await tab.evaluate(ground)
    button = tab.locator("#theme")
    await button.click()
    await button.click()
    await expect(button).to_have_text("Theme: dark")
    assert await tab.evaluate(ground) != light
    await tab.reload()
    await expect(button).to_have_text("Theme: dark")


async def test_text_from_a_server_never_becomes_markup(tab: Page) -> None:
    bad = "<img src=x onerror=alert(1)>"
    await tab.request.post(
        "/v1/rankings/all-time/scores",
        data={"user": {"userId": "evil", "name": bad, "grade": bad}, "score": 1},
    )
    await opened(tab, "rankings")
    await tab.select_option("#board", "all-time")
    await expect(tab.locator(".ranks tbody tr").first).to_contain_text(bad)
    assert await tab.locator(".ranks img").count() == 0


async def test_links_lead_to_what_they_say(tab: Page) -> None:
    for link in await tab.locator(".foot a").all():
        answer = await tab.request.get(str(await link.get_attribute("href")))
        assert answer.ok, answer.url
