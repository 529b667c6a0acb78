"""Small networks of the experiments, many trained in step."""

from polylib.networks import bit_network as bit_network
from polylib.networks import decoders as decoders
from polylib.networks import dropout_network as dropout_network
from polylib.networks import dropout_training as dropout_training
from polylib.networks import superposition as superposition
