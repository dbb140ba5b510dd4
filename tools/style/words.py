"""The lists behind the figures: mannered phrases, words that open a fragment, standard terms, verbs."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Regular expressions of whole words; a blank stands for any white space. Case does not matter.
MANNERED = (
    r"whoever|whom|nobody|somebody|anew|besides|of late|lately|in vain|amid|lest|naught|whence|henceforth",
    r"of (?:ours|theirs)|of (?:its|their|his|our) own",
    r"no \w+ of",
    r"but for|be it|as (?:it|they) may be|by whatever|however (?:many|much|long|often|busily)",
    r"(?<=[,;:(]\s)else (?:it|they|one|the|an?|by|from|to|none|all)|(?<=\()else it",  # as a conjunction
    # One word for six things: notify, log, report, print, return, receive.
    r"told(?! apart)|(?:is|are|was|were|be|been) said",
    r"(?:site|answer|server|listing|row|page|database)s? (?:tells?|says?|said)",
    # Private metaphors with a standard word: poll, snapshot, accepted, rejected, mismatch, message.
    r"(?:an?|the|each|every|one|no|of|last|first|next|new|newest|any|this|that|which) look",
    r"looks(?! (?:like|for|up|as|into|back|the same|alike|right|wrong|odd|valid|complete|empty))",
    r"looked(?: [a-z]+)? at|looking(?! (?:for|up|like))",
    r"stretch(?:es)?|believ(?:e|es|ed|ing)|doubt(?:s|ed|ful)?",
    r"owed|owes|lacking|nameless|strangers?|the books|couriers?|pulses?|vitals|hiccups?|patience|dice",
    r"heart|doors?|house(?! rules)|walls?(?![ -](?:clock|time))",  # heart of the engine, walls between layers
    r"casual(?:ly)?",  # players say softcore
)
# Patterns that a file may use: there the word is a name of the API.
ALLOWED = {"docs/site-api.md": ("casual",)}

# A docstring opens with an imperative when its first word is a plain word that is not listed here and has
# neither the ending of a plural or third person (-s), nor -ed, nor -ing (except VERBS_DESPITE_ENDING), and is
# not followed by "of", "is", "are", "was" or "were": before those it is a noun, as in "Name of the file".
NOT_IMPERATIVE = _words(
    """
    a about above active after again all also always an and another any as at aware because before behind
    below beneath beside besides between beyond both built but by done down drawn due during each either
    else every everything evidence false few first for found four from game given gone had half hardly has
    header heard held here hidden how if in inside instead integrity into it its kept known last later least
    left like long made many midnight more most my near neither never new newest next no nobody none nor not
    nothing null of off old older oldest on once one only or other our out outside over own page per percent
    perhaps player progress quiet same seen sent several shown since six so some somebody something soon
    spent such taken than that the their them then there these they this those three through till time to
    told too trouble true twice two under unless unlike until up was well were what whatever when whenever
    where wherever whether which while who whoever whole whom whose why with within without written you your
    """
)
VERBS_DESPITE_ENDING = _words(
    """
    access address assess bring bypass compress cross discuss dismiss embed exceed express feed
    focus guess miss need pass ping press proceed process seed shred suppress
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
TERMS_OF_TESTS = frozenset({"fault injection"})  # the product has no such code: tests/faulty_site has

FIRST_COMMIT = "96f7170"  # subjects of commits up to this one were written by other rules
COMMIT_VERBS = _words(
    """
    accept adapt add adjust allow answer append apply assert attach avoid backfill begin bound build bump
    cache cancel carry cast change check cite clean close collect combine comment compare compute convert copy
    correct count cover create cut decide declare deduplicate defer define delete deliver derive describe
    detach detect do document download draw drop emit enable end enforce ensure escape execute expand expect
    explain export expose extract fail fetch fill filter find finish fix flush fold follow forbid format
    freeze
    generate give group guard handle hide hold ignore implement import improve include insert install
    introduce isolate join keep kill let lift limit link list load lock log lower make map mark measure merge
    migrate move name narrow normalise normalize note notify number offer open order pace pad page parse
    pass patch pause permit pin plan poll prepare prevent print probe process protect prove provide prune
    publish push put queue quit quote raise read rebuild record recover redact reduce refactor refuse
    regenerate register reject relax release reload remove rename render reorder repair repeat replace
    report require reserve reset resolve restore resume retry return reuse revert rework rewrite route run
    sanitise sanitize save scan schedule search seed select send separate serialise serve set share
    shorten show simplify simulate skip slow sort spell split start state stop store stream strengthen
    strip sum support suppress swap switch sync take teach test throttle tidy tighten time track translate
    trigger trim try tune turn type unify unpin update upgrade use validate verify wait warn widen work
    wrap write
    """
)
