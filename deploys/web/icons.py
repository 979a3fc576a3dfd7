"""Our own icons: paths on a 24 grid, drawn by the `icon` tag."""

ICONS: dict[str, str] = {
    "again": '<path d="M20 5v5h-5"/><path d="M19.4 10A8 8 0 1 0 20 13.5"/>',
    "box": '<path d="m12 3 8.5 4.5v9L12 21l-8.5-4.5v-9z"/><path d="m3.8 7.7 8.2 4.3 8.2-4.3M12 12v9"/>',
    "chevron": '<path d="m9 5.5 6.5 6.5L9 18.5"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/>',
    "copy": '<rect x="8.5" y="8.5" width="12" height="12" rx="2"/>'
    '<path d="M15.5 8.5v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3"/>',
    "cross": '<path d="M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2z"/><path d="m9.2 9.2 5.6 5.6m0-5.6-5.6 5.6"/>',
    "dashes": '<circle cx="12" cy="12" r="9" stroke-dasharray="2.6 3.06"/>',
    "download": '<path d="M12 4v11.5M7 11l5 5 5-5"/><path d="M4.5 20h15"/>',
    "edit": '<path d="m4 20 1-4.2L16.2 4.6a1.8 1.8 0 0 1 2.6 0l.6.6a1.8 1.8 0 0 1 0 2.6L8.2 19z"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/>'
    '<circle cx="12" cy="12" r="2.8"/>',
    "minus": '<path d="M5 12h14"/>',
    "minus-circle": '<circle cx="12" cy="12" r="9"/><path d="M8 12h8"/>',
    "no-signal": '<path d="M2.5 9a14 14 0 0 1 19 0M6 12.8a9 9 0 0 1 12 0m-8.6 3.7a4 4 0 0 1 5.2 0M12 20v.1"/>'
    '<path d="m4 4 16 16"/>',
    "open": '<path d="M13.5 4.5h6v6M19 5l-8.5 8.5"/>'
    '<path d="M17.5 13.5V18a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V8.5a2 2 0 0 1 2-2h4.5"/>',
    "pause-circle": '<circle cx="12" cy="12" r="9"/><path d="M9.8 8.5v7m4.4-7v7"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "publish": '<path d="M12 16V4.5M7 9l5-5 5 5"/><path d="M4.5 15.5V18a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-2.5"/>',
    "ring": '<circle cx="12" cy="12" r="9" opacity=".28"/><path d="M12 3a9 9 0 0 1 9 9"/>',
    "tick": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "tick-circle": '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.7 2.7L16 9.5"/>',
    "turn-back": '<path d="M4 5v5h5"/><path d="M4.6 10A8 8 0 1 1 4 13.5"/>',
    "warning": '<path d="M12 4 2.8 20h18.4z"/><path d="M12 10v4.4m0 2.7v.1"/>',
}
