"""The neural code of choices and of rest, for simulated and for recorded populations."""

from euthymia.neural.decode import Decoding, Design, decode, generalise
from euthymia.neural.groups import DistanceClassifier, GroupDecoding, decode_groups
from euthymia.neural.load import NwbColumns, load_session
from euthymia.neural.population import Population, record
from euthymia.neural.sessions import TRIAL_TYPES, Session, session_of
from euthymia.neural.states import States, distinct_states, hidden_states, participation_ratio

__all__ = [
    "TRIAL_TYPES",
    "Decoding",
    "Design",
    "DistanceClassifier",
    "GroupDecoding",
    "NwbColumns",
    "Population",
    "Session",
    "States",
    "decode",
    "decode_groups",
    "distinct_states",
    "generalise",
    "hidden_states",
    "load_session",
    "participation_ratio",
    "record",
    "session_of",
]
