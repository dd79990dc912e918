"""How people at the bedside name a stay, each beside the window of plan text that it means, for `windows`."""

#: Stays in everyday words. "Since admission" reaches past the discharge; "this admission" is the one that goes on.
SPOKEN_STAYS: tuple[tuple[str, str], ...] = (
    (" this admission", " during current hospital"),
    (" during this stay", " during current hospital"),
    (" since admission", " since (last visit)"),
    (" since being admitted", " since (last visit)"),
    (" last admission", " during last hospital"),
    (" on the last visit", " during last hospital"),
    (" during the last stay", " during last hospital"),
    (" the last time in hospital", " during last hospital"),
    (" on the most recent visit", " during last hospital"),
    (" on the first visit", " during first hospital"),
    (" the first time in hospital", " during first hospital"),
    (" in the ICU", " during icu"),
    (" while in the ICU", " during icu"),
    (" on intensive care", " during icu"),
    (" in the first ICU stay", " during first icu"),
    (" during the stay", " during hospital"),
    (" while in hospital", " during hospital"),
    (" in hospital", " during hospital"),
)

#: Stays of which questions name two: window of plan text → what they are called.
NAMED_STAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first hospital", ("the first visit", "the first admission", "the first stay")),
    ("first hospital", ("the initial visit", "the very first stay", "the first visit")),
    ("last hospital", ("the last visit", "the last admission", "the last stay")),
    ("last hospital", ("the most recent visit", "the latest admission", "the last visit")),
    ("first 2 hospital", ("the second visit", "the second admission", "the second stay")),
    ("last 2 hospital", ("the visit before last", "the second to last visit")),
    ("current hospital", ("this admission", "this visit", "the current stay")),
    ("first icu", ("the first ICU stay", "the first ICU admission")),
    ("last icu", ("the last ICU stay", "the most recent ICU stay")),
)

#: Stays as ward notes write them.
CLIPPED_STAYS: tuple[tuple[str, str], ...] = (
    *((f" {said}", " during first hospital") for said in ("1st visit", "first visit", "1st adm", "first adm")),
    *((f" {said}", " during last hospital") for said in ("last visit", "last adm", "latest visit", "last admission")),
    *((f" {said}", " during first 2 hospital") for said in ("2nd visit", "2nd adm")),
    *((f" {said}", " during current hospital") for said in ("this adm", "this visit", "current visit")),
    *((f" {said}", " during icu") for said in ("ICU", "in ICU", "while in ICU")),
    (" 1st ICU stay", " during first icu"),
    (" last ICU stay", " during last icu"),
    *((f" {said}", " during icu during last hospital") for said in ("ICU last visit", "ICU, last visit")),
    *((f" {said}", " during icu during first hospital") for said in ("ICU 1st visit", "ICU, first visit")),
    (" ICU this adm", " during icu during current hospital"),
    (" since adm", " since (last visit)"),
)
