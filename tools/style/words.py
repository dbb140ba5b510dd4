"""The lists behind the figures: mannered phrases, words that open a fragment, standard terms, verbs."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Regular expressions of whole words; a blank stands for any white space. Case does not matter.
MANNERED = (
    r"whoever|whom|nobody|somebody|anew|besides|of late|lately|in vain",
    r"of (?:ours|theirs)|of (?:its|their|his|our) own",
    r"no \w+ of",
    r"but for|be it|as (?:it|they) may be|by whatever|however (?:many|much|long|often|busily)",
    r"(?<=[,;:(]\s)else (?:it|they|one|the|an?|by|from|to|none|all)|(?<=\()else it",  # as a conjunction
    r"amid|lest|naught|whence|henceforth",
    # One word for six things: notify, log, report, print, return, receive.
    r"told(?! apart)",
    r"(?:is|are|was|were|be|been) said",
    r"(?:site|answer|server|listing|row|page|database)s? (?:tells?|says?|said)",
    # Private metaphors with a standard word: poll, snapshot, accepted, rejected, mismatch, message.
    r"(?:an?|the|each|every|one|no|of|last|first|next|new|newest|any|this|that|which) look",
    r"looks(?! (?:like|for|up|as|into|back|the same|right|wrong))",
    r"looked(?: [a-z]+)? at|looking(?! (?:for|up|like))",
    r"stretch(?:es)?",
    r"believ(?:e|es|ed|ing)|doubt(?:s|ed|ful)?",
    r"owed|owes|lacking|nameless|strangers?|the books",
    r"couriers?|pulses?|vitals|hiccups?|patience|dice|acquaintances?",
    r"heart|doors?|house|walls?(?![ -](?:clock|time))",  # heart of the engine, walls between layers
    r"casual(?:ly)?",  # players say softcore
)
# Patterns that a file may use: there the word is a name of the API.
ALLOWED = {"docs/site-api.md": ("casual",)}

# A docstring opens with an imperative when its first word is a plain word that is not listed here and has
# neither the ending of a plural or third person (-s), nor -ed, nor -ing; VERBS_DESPITE_ENDING are excepted.
NOT_IMPERATIVE = _words(
    """
    a about above active after again all also always an and another any as at aware because before behind
    below beneath beside besides between beyond both but by down due during each either else ever every
    everybody everyone everything few first for four from half hardly he her here his how i if in inside
    instead into it its last later least like long made many midnight more most my near neither never new
    newest next no nobody none nor not nothing null of off old older oldest on once one only or other our
    out outside over own page per percent perhaps progress room same several she since six so some somebody
    someone something soon such than that the their them then there these they this those three through till
    to told too toward trouble true twice two under unless unlike until up upon well what whatever when
    whenever where wherever whether which while who whoever whole whom whose why with within without you
    your built cast done drawn evidence false found game given gone had has header heard held integrity kept
    known left mode player seen sent shown spent taken text time was were written
    """
)
VERBS_DESPITE_ENDING = _words(
    """
    access address assess bring bypass compress cross dismiss embed exceed express feed focus guess need
    pass ping press proceed process seed shed succeed suppress
    """
)

# Term: what a part of a file, class or function name (in snake_case, at word borders) looks like.
TERMS = {
    "rate limiter": r"rate_?limit\w*",
    "request budget": r"request_budgets?",
    "retry": r"retr(?:y|ies|ied|ying|yable)",
    "backoff": r"back_?off|backing_off",
    "jitter": r"jitter(?:ed)?",
    "circuit breaker": r"circuit(?:_breaker|_open|_closed)?|breaker",
    "batch": r"batch(?:es|ed|ing|er)?",
    "bisect": r"bisect\w*",
    "timeout or deadline": r"time_?outs?|timed_out|deadlines?",
    "poll": r"poll(?:s|ed|er|ing)?",
    "scheduler": r"schedul(?:e|es|ed|er|ing)",
    "due": r"due",
    "snapshot": r"snapshots?",
    "validate": r"validat\w+",
    "reject": r"reject\w*",
    "gap": r"gaps?",
    "coverage": r"coverage",
    "backfill": r"backfill\w*",
    "sync": r"sync(?:s|ed|er|ing)?",
    "run": r"runs?|runner|running",
    "outbox": r"outbox",
    "delivery": r"deliver(?:y|ies|ed|er|s)?",
    "notification": r"notif(?:y|ier|ied|ications?)",
    "health": r"health\w*",
    "liveness": r"liveness",
    "heartbeat": r"heartbeats?",
    "metrics": r"metrics?",
    "migration": r"migrat\w+",
    "upsert": r"upsert(?:s|ed)?",
    "transaction": r"transactions?|transactional",
    "store": r"stor(?:e|es|ed|ing|age)",
    "backup": r"back_?ups?",
    "restore": r"restor(?:e|es|ed|ing)",
    "export": r"export\w*",
    "integrity": r"integrity",
    "consistency": r"consisten(?:t|cy)",
    "middleware": r"middlewares?",
    "thread pool": r"thread_?pool",
    "downsample": r"down_?sampl\w+",
    "atomic write": r"atomic_(?:writes?|file)|write_atomic(?:ally)?",
    "sanitise or escape": r"saniti[sz]\w+|escap\w+",
    "redact": r"redact\w*",
    "parse": r"pars(?:e|es|ed|er|ers|ing)",
    "serialise": r"seriali[sz]\w+",
    "pagination or cursor": r"paginat\w+|iter_pages|cursors?",
    "progress bar": r"progress_bar",
    "as of": r"as_of",
    "streak": r"streaks?",
    "seed": r"seed(?:s|ed|ing)?",
    "fault injection": r"faults?|inject\w*",
}

FIRST_COMMIT = "96f7170"  # subjects of commits up to this one were written by other rules
COMMIT_VERBS = _words(
    """
    accept add adjust align allow apply ask assert avoid build bump cache call cap change check clarify
    clean clear close collect combine compare compute configure convert copy correct count cover cut declare
    decouple deduplicate define delete deliver deprecate describe detect disable document downsample drop
    enable enforce escape exclude expect explain export expose extend extract find fix flatten follow format
    generate give group guard handle hide ignore implement import improve include inline insert install
    introduce invert isolate join keep let limit link list load lock log lower make mark measure merge
    migrate model move name narrow normalise note notify open order parse pass pin plan poll prefer prepare
    prevent print promote protect prove provide publish put quote raise read record redact reduce refactor
    refuse reject release remove rename reorder replace report require reset resolve restore restrict retry
    return reuse revert rewrite run save schedule select send separate serialise serve set shorten show
    simplify skip sort specify split start state stop store strip support switch sync take test tidy tighten
    time translate trim turn type undo unify update upgrade use validate verify wait warn widen wrap write
    """
)
