"""The operations that every type of record has: list, create, read, change, history and, for some, batch and delete.

A `RecordType` says what the records are; `record_router` declares the operations from that.
"""

from kernel.records.crud.bodies import batch_of, merge_patch_fields, merge_patch_model, merged_body, representation
from kernel.records.crud.listings import listing_of, split_by_map
from kernel.records.crud.record_type import Parent, RecordType
from kernel.records.crud.references import outside_area, owner, referenced_record
from kernel.records.crud.routes import reading_router, record_router
from kernel.records.crud.writing import change, create, find_replay, insert, remove

__all__ = [
    "Parent",
    "RecordType",
    "batch_of",
    "change",
    "create",
    "find_replay",
    "insert",
    "listing_of",
    "merge_patch_fields",
    "merge_patch_model",
    "merged_body",
    "outside_area",
    "owner",
    "reading_router",
    "record_router",
    "referenced_record",
    "remove",
    "representation",
    "split_by_map",
]
