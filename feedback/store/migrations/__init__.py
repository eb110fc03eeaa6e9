"""The tables of the studio's record: opening a studio made by an older Circletake brings it up to date.

Each file is one step, named for what it adds; a step that has been released never changes. Times are ISO-8601 UTC text
(`feedback.clock`). Judgements (ballots, ratings, notes, tags, statuses, selects) are append-only: a changed mind is a new row,
and views name the rows that count today.
"""

from __future__ import annotations

from sqlite_utils.migrations import Migrations

from feedback.store.migrations.m001_people import m001_people
from feedback.store.migrations.m002_work import m002_work
from feedback.store.migrations.m003_judgements import m003_judgements
from feedback.store.migrations.m004_looks import m004_looks
from feedback.store.migrations.m005_trial_reasons import m005_trial_reasons
from feedback.store.migrations.m006_trial_last_ballot import m006_trial_last_ballot
from feedback.store.migrations.m007_descriptors import m007_descriptors
from feedback.store.migrations.m008_take_provenance import m008_take_provenance
from feedback.store.migrations.m009_recipe_names import m009_recipe_names
from feedback.store.migrations.m010_token_expiry import m010_token_expiry
from feedback.store.migrations.m011_brief_guidance_2 import m011_brief_guidance_2
from feedback.store.migrations.m012_render_queue import m012_render_queue
from feedback.store.migrations.m013_brief_strength import m013_brief_strength
from feedback.store.migrations.m014_project_members import m014_project_members
from feedback.store.migrations.m015_blind_trials import m015_blind_trials
from feedback.store.migrations.m016_base_pins import m016_base_pins
from feedback.store.migrations.m017_done_takes import m017_done_takes
from feedback.store.migrations.m018_doubt_and_checks import m018_doubt_and_checks
from feedback.store.migrations.m019_note_threads import m019_note_threads
from feedback.store.migrations.m020_review_sessions import m020_review_sessions
from feedback.store.migrations.m021_rankings import m021_rankings
from feedback.store.migrations.m022_session_browsers import m022_session_browsers
from feedback.store.migrations.m023_takes_discarded import m023_takes_discarded
from feedback.store.migrations.m024_brief_origins import m024_brief_origins
from feedback.store.migrations.m025_shots_in_order import m025_shots_in_order
from feedback.store.migrations.m027_take_rewards import m027_take_rewards
from feedback.store.migrations.m028_tag_removals import m028_tag_removals
from feedback.store.migrations.m029_ranking_weights import m029_ranking_weights
from feedback.store.migrations.m030_standings import m030_standings
from feedback.store.migrations.m031_prompt_writers import m031_prompt_writers
from feedback.store.migrations.m032_run_notes import m032_run_notes
from feedback.store.migrations.m033_tags_learned import m033_tags_learned
from feedback.store.migrations.m035_nights import m035_nights
from feedback.store.migrations.m036_connections import m036_connections
from feedback.store.migrations.m037_edit_settings import m037_edit_settings
from feedback.store.migrations.m038_shots_in_the_edit import m038_shots_in_the_edit
from feedback.store.migrations.m039_house_style import m039_house_style
from feedback.store.migrations.m040_library_and_rights import m040_library_and_rights
from feedback.store.migrations.m041_passports import m041_passports
from feedback.store.migrations.m042_boards import m042_boards
from feedback.store.migrations.m043_shares_and_influence import m043_shares_and_influence
from feedback.store.migrations.m044_copies import m044_copies
from feedback.store.migrations.m046_plate_policy import m046_plate_policy
from feedback.store.migrations.m047_days import m047_days
from feedback.store.migrations.m048_picture_vectors import m048_picture_vectors
from feedback.store.migrations.m049_model_vectors import m049_model_vectors

migrations = Migrations("circletake")
STEPS = (
    m001_people,
    m002_work,
    m003_judgements,
    m004_looks,
    m005_trial_reasons,
    m006_trial_last_ballot,
    m007_descriptors,
    m008_take_provenance,
    m009_recipe_names,
    m010_token_expiry,
    m011_brief_guidance_2,
    m012_render_queue,
    m013_brief_strength,
    m014_project_members,
    m015_blind_trials,
    m016_base_pins,
    m017_done_takes,
    m018_doubt_and_checks,
    m019_note_threads,
    m020_review_sessions,
    m021_rankings,
    m022_session_browsers,
    m023_takes_discarded,
    m024_brief_origins,
    m025_shots_in_order,
    m027_take_rewards,
    m028_tag_removals,
    m029_ranking_weights,
    m030_standings,
    m031_prompt_writers,
    m032_run_notes,
    m033_tags_learned,
    m035_nights,
    m036_connections,
    m037_edit_settings,
    m038_shots_in_the_edit,
    m039_house_style,
    m040_library_and_rights,
    m041_passports,
    m042_boards,
    m043_shares_and_influence,
    m044_copies,
    m046_plate_policy,
    m047_days,
    m048_picture_vectors,
    m049_model_vectors,
)
for step in STEPS:
    migrations(name=step.__name__)(step)
