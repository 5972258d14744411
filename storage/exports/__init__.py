"""Exports to train on, one file a format: `render(dialogues, options)` turns conversations into bytes, pure.

Read in this order: `selection` (what is asked for), `columns` (what is read), `dialogues` (how: in short reads by
key, so that memory stays flat and no read holds the write-ahead log back), any format, `exporter` (how it is streamed).
"""
