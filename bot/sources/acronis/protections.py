"""What the vendor lists as protected, and by which plan: applications and resource statuses, joined. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from sys import intern

import msgspec

from bot.core.activity import Protection, Ref, Schedule, Subject
from bot.sources.acronis import wire, words
from bot.sources.acronis.parse import Odd, Owner, utc
from bot.sources.acronis.plans import NO_SCHEDULE, Naming, Plan, Plans
from classifier.facts import Destination, Kind, Method, Rhythm

NO_PLAN = Plans()
ClientOf = Callable[[Owner], Ref | None]

NO_PLANS = "this account shows no plans"
NAMELESS = "Acronis names no plan for this run"
UNLISTED = "the plan is not among those that Acronis lists"
SEVERAL = "the plan makes backups of several sorts, and the run does not say which"
NOT_APPLIED = "Acronis does not say whether the plan is deployed there"
KINDLESS = "Acronis names only a machine, and its plan does not tell disks from files"


class Applied(msgspec.Struct, frozen=True, gc=False):
    """One policy on one resource. Ids are in lower case."""

    workload: str
    workload_type: str
    policy: str
    policy_type: str
    owner: Owner
    enabled: bool
    applied: bool | None
    last_run_at: datetime | None
    last_good_at: datetime | None
    next_at: datetime | None
    by_event: bool


class Workload(msgspec.Struct, frozen=True, gc=False):
    """One resource. `backed_up` holds by the type of policy: the last run, the last success, the next start.

    `aggregate` is what several of them are merged into: one machine seen by two agents, say.
    """

    id: str
    name: str
    type: str
    owner: Owner
    status: str
    since: datetime | None
    backed_up: tuple[tuple[str, datetime | None, datetime | None, datetime | None], ...]
    aggregate: str = ""


class Listing(msgspec.Struct, frozen=True):
    """What one reading of the lists gave.

    Attributes:
        why_plans, why_applications, why_statuses: what kept us from reading a list whole; "" when it was.
        shown: False for an account that has none of these lists; then nothing is missing either.
    """

    plans: Plans = NO_PLAN
    applied: tuple[Applied, ...] = ()
    workloads: tuple[Workload, ...] = ()
    why_plans: str = ""
    why_applications: str = ""
    why_statuses: str = ""
    shown: bool = True
    odd: int = 0

    @property
    def why(self) -> str:
        """Say what of the lists is missing; "" when nothing is."""
        missing = {
            "its plans could not be read": self.why_plans,
            "what its plans protect could not be read": self.why_applications,
            "its workloads could not be listed": self.why_statuses,
        }
        return "; ".join(f"{what} ({why})" for what, why in missing.items() if why)

    @property
    def is_whole(self) -> bool:
        """True when every workload and what protects it was listed."""
        return self.shown and not self.why_applications and not self.why_statuses

    @property
    def last_runs(self) -> Iterator[tuple[Owner, str, datetime]]:
        """Give when workloads ran last, by owner and id; some twice, by either list."""
        for each in self.applied:
            if each.last_run_at:
                yield each.owner, each.workload, each.last_run_at
        for resource in self.workloads:
            for _, ran, _, _ in resource.backed_up:
                if ran:
                    yield resource.owner, resource.id, ran

    @property
    def owners(self) -> frozenset[Owner]:
        return frozenset((*(each.owner for each in self.applied), *(each.owner for each in self.workloads)))


class Told(msgspec.Struct, frozen=True):
    """What the lists tell of one workload under one plan; `why` gives the reasons for what they do not."""

    rhythm: Rhythm | None = None
    method: Method | None = None
    kind: Kind | None = None
    destinations: tuple[Destination, ...] = ()
    applied: bool | None = None
    why: tuple[tuple[str, str], ...] = ()


def applied(record: wire.Application) -> Applied | None:
    """Reduce one application; None for those without a resource, of a group, or revoked.

    Raises:
        Odd: it names no policy, or a time beyond all time.
    """
    resource = record.context
    if not record.policy.id:
        raise Odd("an application of nothing")
    if not resource or not resource.id or utc(record.deleted_at) or "group" in (resource.type or ""):
        return None
    state = record.deployment.state if record.deployment else None
    return Applied(
        workload=intern(str(resource.id).lower()),
        workload_type=intern(resource.type or ""),
        policy=intern(str(record.policy.id).lower()),
        policy_type=intern(record.policy.type or ""),
        owner=_owner(record.context_tenant_id or record.tenant_id),
        enabled=record.enabled,
        applied={"deployed": True, "error": False, "not_available": False}.get(state or ""),
        last_run_at=utc(record.last_run_time),
        last_good_at=utc(record.last_success_time),
        next_at=utc(record.next_run_time),
        by_event=bool(record.run_events),
    )


def workload(record: wire.Status) -> Workload | None:
    """Reduce one status; None for a deleted resource.

    Raises:
        Odd: it names a time beyond all time.
    """
    resource = record.context
    if utc(resource.deleted_at):
        return None
    return Workload(
        id=intern(resource.id.lower()),
        name=intern(resource.user_defined_name or resource.name or ""),
        type=intern(resource.type),
        owner=_owner(resource.tenant_id),
        status=intern((record.aggregate.status if record.aggregate else None) or ""),
        since=utc(resource.created_at),
        backed_up=tuple(
            (
                intern(each.type),
                utc(each.last_run_time) or utc(each.last_run),
                utc(each.last_success_run_time) or utc(each.last_success_run),
                utc(each.next_run_time) or utc(each.next_run),
            )
            for each in record.policies or ()
            if words.makes_backups(each.type)
        ),
        aggregate=(resource.aggregate_id or "").lower(),
    )


def protections(
    listing: Listing, naming: Naming, client_of: ClientOf, names: Mapping[str, str]
) -> tuple[Protection, ...]:
    """Give one of each workload and backup plan, and one without a plan of each workload that nothing protects.

    Args:
        names: of workloads, by id, where no status tells.
    """
    known = {each.id: each for each in listing.workloads}
    found = dict[str, Protection]()
    for plan, application in _backups(listing):
        client = client_of(application.owner)
        if client:
            resource = known.get(application.workload)
            made = _protection(client, resource, plan, application, naming, names)
            found[made.subject.key] = made
    covered = {each.subject.workload.id for each in found.values()}
    covered |= {each.aggregate for each in listing.workloads if each.aggregate and each.id in covered}
    for resource in listing.workloads:
        client = client_of(resource.owner)
        if client and covered.isdisjoint((resource.id, resource.aggregate)) and _is_bare(resource, listing):
            subject = Subject(client, Ref(resource.id, resource.name), Ref(""))
            kind = _kind(resource.type, resource.id)
            found[subject.key] = Protection(subject, kind=kind, since=resource.since)
    return tuple(found[key] for key in sorted(found))


class Book:
    """What the lists tell of any workload under any plan."""

    def __init__(self, listing: Listing) -> None:
        self._plans = listing.plans
        self._why = NO_PLANS if not listing.shown else f"the plans could not be read ({listing.why_plans})"
        self._unread = bool(listing.why_plans) or not listing.shown
        self._applied = {(each.workload, plan.id): each for plan, each in _backups(listing)}
        self._told = dict[tuple[str, bool | None, bool], Told]()

    def tell(self, workload_id: str, plan_id: str) -> Told:
        plan = self._plans.find(plan_id) if plan_id else None
        at = self._applied.get((workload_id, plan.id if plan else plan_id))
        key = (plan_id, at.applied if at else None, bool(at and at.by_event))
        if key not in self._told:
            self._told[key] = self._of(plan_id, plan, at)
        return self._told[key]

    def _of(self, plan_id: str, plan: Plan | None, at: Applied | None) -> Told:
        answered = at.applied if at else None
        if plan is None:
            why = self._why_not(plan_id)
            reasons = (*((name, why) for name in ("rhythm", "method", "destinations", "cloud_only", "kind")),)
            return Told(applied=answered, why=_with_deployment(reasons, answered))
        schedule = _schedule(plan, at)
        reasons = (
            ("rhythm", plan.why_schedule),
            ("method", plan.why_method),
            ("destinations", plan.why_destinations),
            ("cloud_only", plan.why_destinations),
            ("kind", KINDLESS),
        )
        return Told(
            rhythm=schedule.rhythm if schedule else None,
            method=plan.method,
            kind=plan.kind,
            destinations=plan.destinations,
            applied=answered,
            why=_with_deployment(reasons, answered),
        )

    def _why_not(self, plan_id: str) -> str:
        if not plan_id:
            return NAMELESS
        if self._unread:
            return self._why
        return SEVERAL if plan_id in self._plans.several else UNLISTED


def _with_deployment(reasons: tuple[tuple[str, str], ...], answered: bool | None) -> tuple[tuple[str, str], ...]:
    return (*reasons, ("policy_applied", NOT_APPLIED)) if answered is None else reasons


def _backups(listing: Listing) -> Iterator[tuple[Plan, Applied]]:
    """Pair the applications with their backup plans, the policy's own one last: it knows more than its root's.

    A backup policy that is not listed, though it is applied, is a plan of which nothing else is known.
    """
    own = list[tuple[Plan, Applied]]()
    for each in listing.applied:
        plan = listing.plans.find(each.policy)
        if plan is None and words.makes_backups(each.policy_type):
            plan = Plan(id=each.policy, root=each.policy)
        if plan and each.policy == plan.id:
            own.append((plan, each))
        elif plan:
            yield plan, each
    yield from own


def _protection(
    client: Ref, resource: Workload | None, plan: Plan, at: Applied, naming: Naming, names: Mapping[str, str]
) -> Protection:
    name = resource.name if resource else names.get(at.workload, "")
    runs = [times for type_, *times in (resource.backed_up if resource else ()) if type_ == at.policy_type]
    ran, good, due = runs[0] if len(runs) == 1 else (None, None, None)
    return Protection(
        subject=Subject(client, Ref(at.workload, name), Ref(naming.name(plan.id), plan.name)),
        kind=_kind(resource.type if resource else at.workload_type, at.workload) or plan.kind,
        schedule=_schedule(plan, at),
        method=plan.method,
        destinations=plan.destinations,
        enabled=plan.enabled and at.enabled,
        applied=at.applied,
        last_run_at=at.last_run_at or ran,
        last_good_at=at.last_good_at or good,
        next_at=at.next_at or due,
        since=resource.since if resource else None,
    )


def _schedule(plan: Plan, at: Applied | None) -> Schedule | None:
    """Give the plan's schedule; one of an unknown shape starts by an event when the application says so."""
    by_event = at is not None and at.by_event and plan.why_schedule != NO_SCHEDULE
    return plan.schedule or (Schedule(Rhythm.BY_EVENT) if by_event else None)


def _is_bare(resource: Workload, listing: Listing) -> bool:
    """True when no plan backs it up: the vendor says so, or its applications were read whole and none is a backup."""
    if not words.can_be_protected(resource.type):
        return False
    none_listed = not listing.why_applications and not listing.why_plans and not resource.backed_up
    return none_listed or resource.status in words.UNPROTECTED


def _kind(type_: str, id_: str) -> Kind | None:
    return words.kind_of(step_types=frozenset(), suite="", resource_type=type_, resource_id=id_, source="")


@lru_cache(maxsize=4096)
def _owner(number: str | int | None) -> Owner:
    """Name a tenant as these lists do: by its number; one that is no number is a uuid."""
    told = str(number or "")
    return Owner(number=told) if told.isdigit() else Owner(uuid=told.lower())
