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
