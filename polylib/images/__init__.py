"""Images to show to a network: sets by name, and a dot that moves."""

from polylib.images.moving_dot import chords as chords
from polylib.images.moving_dot import dot_frames as dot_frames
from polylib.images.sets import ImageSet as ImageSet
from polylib.images.sets import load as load
from polylib.images.sets import prepare as prepare
