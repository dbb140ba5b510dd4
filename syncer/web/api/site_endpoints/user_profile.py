"""GetUserProfile (site-api.md 5.2): the name and the totals; everything else is not stored, and null."""

from collections.abc import Sequence

from syncer.core.model.account import Measure
from syncer.store.read.base import Row
from syncer.web.api.coverage_headers import UNKNOWN, least_certain
from syncer.web.api.site_request import Endpoint, PastAnswer, PastRequest

from .user_points import totals_at

TOTALS = {
    "TotalPoints": Measure.HARDCORE_POINTS,
    "TotalSoftcorePoints": Measure.SOFTCORE_POINTS,
    "TotalTruePoints": Measure.RETRO_POINTS,
}
FIELDS = (  # in the site's order
    *("User", "ULID", "UserPic", "MemberSince", "RichPresenceMsg", "LastGameID", "ContribCount"),
    *("ContribYield", *TOTALS, "Permissions", "Untracked", "ID", "UserWallActive", "Motto"),
)


def user_profile(asked: PastRequest) -> PastAnswer:
    names = asked.queries.players.names(asked.player.id)
    values, levels = totals_at(asked, tuple(TOTALS.values()))
    name, level = _name_at(names, asked)
    # The file keeps the name that the account began with (site-api.md section 3).
    first_name = names[0]["username"] if names else asked.player.username
    known = {
        "User": name,
        "ULID": asked.player.ulid,
        "UserPic": f"/UserPic/{first_name}.png",
        **{field: values[measure] for field, measure in TOTALS.items()},
    }
    return PastAnswer({field: known.get(field) for field in FIELDS}, least_certain([level, *levels]))


def _name_at(names: Sequence[Row], asked: PastRequest) -> tuple[str | None, str]:
    """Return the name that the site had returned by then, and how certain it is."""
    earlier = [row for row in names if row["first_seen_at"] <= asked.moment]
    if not earlier:
        return None, UNKNOWN
    name: str = earlier[-1]["username"]
    return name, "known" if asked.moment <= earlier[-1]["last_seen_at"] else "between"


ENDPOINT = Endpoint(user_profile, unknown_status=404)
