"""The look: neutral grey, as colour-critical review needs, without a coloured accent, the same in light and dark mode."""

from __future__ import annotations

import gradio as gr

from ui.static_files import read_text

BODY, PANEL, CONTROL, LINE, TEXT, FAINT, BRIGHT = (
    "#1a1a1a",
    "#222222",
    "#2e2e2e",
    "#3a3a3a",
    "#d0d0d0",
    "#9a9a9a",
    "#e6e6e6",
)
FONT = ("system-ui", "sans-serif")

_TOKENS = {
    "body_background_fill": BODY,
    "body_text_color": TEXT,
    "body_text_color_subdued": FAINT,
    "background_fill_primary": PANEL,
    "background_fill_secondary": BODY,
    "border_color_primary": LINE,
    "border_color_accent": TEXT,
    "block_background_fill": PANEL,
    "block_border_color": LINE,
    "block_label_background_fill": PANEL,
    "block_label_text_color": FAINT,
    "block_title_text_color": FAINT,
    "block_info_text_color": FAINT,
    "input_background_fill": CONTROL,
    "input_background_fill_focus": CONTROL,
    "input_border_color": LINE,
    "input_border_color_focus": TEXT,
    "input_placeholder_color": "#7a7a7a",
    "button_primary_background_fill": TEXT,
    "button_primary_background_fill_hover": BRIGHT,
    "button_primary_text_color": BODY,
    "button_primary_border_color": TEXT,
    "button_secondary_background_fill": CONTROL,
    "button_secondary_background_fill_hover": LINE,
    "button_secondary_text_color": TEXT,
    "button_secondary_border_color": LINE,
    "color_accent_soft": CONTROL,
    "panel_background_fill": PANEL,
    "table_even_background_fill": PANEL,
    "table_odd_background_fill": PANEL,
    "link_text_color": BRIGHT,
    "link_text_color_hover": "#ffffff",
    "link_text_color_visited": BRIGHT,
    "error_background_fill": CONTROL,
    "error_text_color": BRIGHT,
    "error_border_color": TEXT,
    "checkbox_background_color": CONTROL,
    "checkbox_background_color_selected": TEXT,
    "checkbox_label_background_fill": CONTROL,
    "checkbox_label_background_fill_selected": LINE,
    "checkbox_label_text_color_selected": BRIGHT,
}


def build_theme() -> gr.themes.Base:
    """Each token together with its dark twin, so that the browser's own preference changes nothing."""
    theme = gr.themes.Base(
        primary_hue="neutral",
        secondary_hue="neutral",
        neutral_hue="neutral",
        text_size="sm",
        spacing_size="sm",
        radius_size="none",
        font=FONT,
        font_mono=("ui-monospace", "monospace"),
    )
    twins = {f"{name}_dark": value for name, value in _TOKENS.items() if hasattr(theme, f"{name}_dark")}
    return theme.set(**_TOKENS, **twins)


def read_css() -> str:
    """The style sheets of all pages, as one text: Gradio places it after its own."""
    parts = (
        "pages.css",
        "review/review.css",
        "rank/rank.css",
        "board/board.css",
        "take/take.css",
        "selects/selects.css",
        "models/models.css",
        "report/report.css",
        "guide/guide.css",
        "briefs/briefs.css",
        "mask/mask.css",
        "storyboard/storyboard.css",
        "projects/projects.css",
        "library/library.css",
        "rights/rights.css",
        "touch.css",
    )
    return "\n".join(read_text(name) for name in parts)
