"""What Slack takes, and what we let a message take. Characters are code points unless a name says bytes.

Source, where no other is named: the comments of @slack/types 3.2.0 and docs.slack.dev/reference/block-kit,
read 2026-08. Slack refuses a whole message for one field that is too long, so everything is cut before.
"""

from bot.net.pace import Allowed

BLOCKS_MAX = 50  # of a message
VIEW_BLOCKS_MAX = 100  # of a modal or a Home tab
VIEW_BYTES_MAX = 200_000  # Slack says view_too_large at 250,000

# Ours. Slack refuses with msg_blocks_too_long somewhere near 12,000 to 13,200 characters although every
# block is legal, and says so nowhere: github.com/slackapi/bolt-js/issues/2509 and /2867.
MESSAGE_BYTES_MAX = 12_000
BLOCK_BYTES_MAX = 9_000  # ours: one block and the marks of a page fit into a message
PAGES_MAX = 5  # ours: nobody reads a sixth

TEXT_MAX = 4_000  # of `text`; chat.postMessage takes 40,000 and chat.update only this (msg_too_long)
HEADER_MAX = 150
HEADER_AIM = 60  # ours: two lines of large type on a phone
SECTION_MAX = 3_000
FIELDS_MAX = 10  # of a section; a field may hold 2,000
FIELD_MAX = 500  # ours: a fact is a glance
PARAGRAPH_MAX = 2_000  # ours: more is not read; even in four-byte letters it fits into a block
CODE_MAX = 2_000  # ours: of one block
CODE_WHOLE_MAX = 8_000  # ours: what is to be copied is there as a whole
BUTTON_TEXT_MAX = 75
BUTTON_VALUE_MAX = 2_000
BUTTONS_SHOWN_MAX = 5  # ours: more hide the one that matters; a person on a phone sees three
OPTION_TEXT_MAX = 75
OPTION_VALUE_MAX = 75  # slack_sdk's models take 150, @slack/types says 75
OVERFLOW_MAX = 5
OPTIONS_MAX = 100  # of a select
IMAGE_ALT_MAX = 2_000
URL_MAX = 3_000
TABLE_ROWS_MAX = 100  # with the row of names; one table, of 10,000 characters, in a message
TABLE_COLUMNS_MAX = 20
CELL_MAX = 80  # ours
TITLE_MAX = 24  # of a modal, and of its two buttons
LABEL_MAX = 2_000
LINE_MAX = 3_000  # of what a person types into a modal

# docs.slack.dev/apis/web-api/rate-limits, read 2026-08: chat.postMessage one a second and channel, with short
# bursts; chat.update 50 and more a minute in a workspace.
POST_PACE = Allowed(1, 1.1)  # ours: what leaves a second apart may arrive closer
UPDATE_PACE = Allowed(1, 1.2)
TIMEOUT_S = 15  # of one call; the SDK waits 30
