"""Exports to train on, one file a format: `render(dialogues, options)` turns conversations into bytes, pure.

Read in this order: `selection` (what is asked for), `dialogues` (how it is read: in short reads by key, so that
memory stays flat and no read holds the write-ahead log back), any format, `exporter` (how it is streamed).
"""
