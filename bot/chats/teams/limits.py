"""What Teams takes, and what we let a message take.

Source, where no other is named: learn.microsoft.com/microsoftteams/platform, the pages on formatting bot messages,
on cards and on rate limits, read 2026-11. A message may have about 100 KB as UTF-16, of which the pages advise 80.
"""

from bot.net.pace import Allowed

CARD_BYTES_MAX = 25_000  # ours, as UTF-8: twice that as UTF-16, and no phone is slow with it
BLOCK_BYTES_MAX = 9_000  # ours: one block and the marks of a page fit into a card
PLAIN_MAX = 50  # ours: lines of a message that Teams would not draw otherwise
PAGES_MAX = 5  # ours: nobody reads a sixth

SUMMARY_MAX = 300  # ours; a notification shows two lines
PARAGRAPH_MAX = 2_000  # ours: more is not read
LARGE_MAX = 60  # ours: characters of a heading in large letters, two lines on a phone
FACT_MAX = 500  # ours: a fact is a glance
CODE_MAX = 2_000  # ours: of one element
CODE_WHOLE_MAX = 8_000  # ours: what is to be copied is there as a whole
CODE_LINES_MAX = 80  # ours; each is an element of its own
CODE_WORD_MAX = 34  # ours: small letters of one width, side by side on a phone
CELL_MAX = 80  # ours
WORD_MAX = 20  # ours: letters beside a button on a phone; longer words may be broken
CELL_WORD_MAX = 10  # ours: letters in one of three columns
COLUMNS_MAX = 3  # ours: of a table that a phone can show; wider ones become lines
TABLE_ROWS_MAX = 20  # ours: of one element, so that pages break between rows
ALT_MAX = 1_000  # ours

ACTIONS_MAX = 6  # of one set, those behind “…” not counted
SHOWN_MAX = 4  # ours: more hide the one that matters
TITLE_MAX = 20  # ours: a title has one line, and is cut
LABEL_MAX = 75  # ours: of what a menu or a field says
ARGUMENT_MAX = 2_000  # ours
OPTIONS_MAX = 100  # ours: of a choice
OPTIONS_SHOWN_MAX = 6  # ours: more become a list to open
LINE_MAX = 500  # ours: of what a person types into a form

# Of one bot in one conversation; the page on rate limits has an eighth call in two seconds, and 1,800 an hour besides.
PACE = (Allowed(7, 1.0), Allowed(8, 2.0), Allowed(60, 30.0), Allowed(1800, 3600.0))
ROWS = 12  # ours: causes of one digest, two screens of a phone

SCOPE = "https://api.botframework.com/.default"  # of the Bot Connector; governments' clouds have the same audience
TIMEOUT_S = 15.0  # of one call
EDIT_TRIES = 3
