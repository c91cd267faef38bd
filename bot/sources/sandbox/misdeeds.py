"""Ways to misbehave, by name, for whoever wants to see what is said then."""

from collections.abc import Mapping

from bot.sources.sandbox.faults import ALWAYS, Fault, busy
from bot.sources.sandbox.server import ACTIVITIES_PATH, TENANTS_PATH

ONE_CLIENT = "Acme"

MISDEEDS: Mapping[str, tuple[Fault, ...]] = {
    "429": (busy(3),),
    "500": (Fault(ACTIVITIES_PATH, status=500, times=ALWAYS),),
    "cut": (Fault(ACTIVITIES_PATH, cut=True, times=ALWAYS),),
    "slow": (Fault(ACTIVITIES_PATH, drip_s=0.00002, times=1),),
    "renamed": (Fault(ACTIVITIES_PATH, rename={"tenant": "owner"}, times=ALWAYS),),
    "empty": (Fault(ACTIVITIES_PATH, empty=True, times=ALWAYS),),
    "forbidden": (Fault("/api/", client=ONE_CLIENT, times=ALWAYS),),
    "half": (Fault(TENANTS_PATH, without=ONE_CLIENT, times=ALWAYS),),
    "down": (Fault("/api/", status=503, times=ALWAYS),),
}
