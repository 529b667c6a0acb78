"""The public names that chapters use exist; public functions are documented and annotated; modules are small."""

import importlib
import inspect
import pkgutil

import pytest

import polylib

FIXED = {
    "entropy": "entropy binary_entropy sparse_entropy sparse_entropy_with_atom sparsify "
    "optimal_ratio optimal_ratio_peak",
    "channel": "mutual_information blahut_arimoto Capacity dropout_transition erasure_capacity dropout_capacity "
    "dropout_capacity_bounds dropout_active_probability critical_dropout_rate serial_dropout_capacity "
    "repetition_capacity mds_failure_probability",
    "erasure_codes": "Repetition ReedSolomon relay",
    "discrete_log": "exponential exponential_as_product low_bits_leaked low_bits residue generic_cost "
    "solve_with_decoder log_from_high_bit message_from_parity",
    "primes": "random_below random_prime safe_prime smooth_prime smooth_part modp_prime",
    "bit_network": "digits train BitNetworks",
    "probe": "linear_probe shuffled_range",
    "energy": "random_projection path_energy projected_energy partial_zeta power_law_energy power_law_energy_printed "
    "exponent_from_energy circle_path_energy participation_ratio critical_exponent",
    "power_law": "power_law_entropy power_law_entropy_bound power_law_entropy_printed power_law_entropy_saturated "
    "saturation_rank quantized_gaussian_entropy lattice_entropy_bound reverse_water_filling fit_power_law PowerLawFit",
    "exponent": "fit_power_law PowerLawFit",
    "spectrum": "eigenspectrum cross_validated_spectrum",
    "activations": "READINGS layer_names read captured evaluating stream",
    "layer_spectra": "LayerSpectrum layer_spectra variance_explained",
    "dissection": "Exponent OverImages AlongThePath over_images path_activity along_the_path step_slope "
    "many_projections exponent",
    "layer_records": "dissect",
    "moving_dot": "dot_frames chords",
    "projections": "PathStatistics random_paths path_statistics distance_correlation mean_step_energy",
    "derivation": "Derivation DerivationError",
    "superposition": "train ToyModels dimensions_per_feature feature_dimensionality",
    "rate_distortion": "rate_distortion RateCurve sparse_uniform_rate",
    "mine": "estimate estimate_many Estimate DEFAULT PRINTED",
    "critic_recipe": "Recipe Phase",
    "critics": "ESTIMATORS Layout scores gradient ascent held_out",
    "information_witnesses": "ksg cca",
    "information_tasks": "Task gaussian student image channel binary_symmetric binary_erasure dropout quantiser "
    "additive_uniform cells equicorrelated paired",
    "dropout_network": "Shape Networks networks joined NOISES",
    "network_training": "train Training Run",
    "decoders": "decode Decoded",
    "mask_enumeration": "exact_information information MOST_ROWS",
    "layer_information": "Curves critic_curves decoder_curves",
    "whole_file": "replacing replace digest",
    "known_ground": "known_ground half_cube wiggly",
    "dropout": "Dropout",
    "resnet_vae": "ResNetVAE STAGES negative_elbo pixel_entropy",
    "images": "ImageSet load prepare NAMES",
    "vae_settings": "Settings",
    "vae_history": "History",
    "vae_training": "train evaluate History",
    "sweep": "sweep",
    "smollm2": "folder package_file cache_folder",
    "language": "load untrained permuted LanguageModel",
    "passages": "texts tokenize shuffled Passages",
    "residual_stream": "residual_stream Batch",
    "activation_records": "record save load Record Records SCHEMA",
    "completions": "Messages Completion CompletionError Completer LocalModel complete_all tried",
    "server": "Server",
    "answer_cache": "Cached",
    "trajectory": "random_directions DirectionEnergies minimum_energy_direction record save load",
    "slow_directions": "PathMoments slowest relative_energy log10_rarity expected_best",
    "smoothness": "LayerEnergies interval jackknife",
    "explanation": "ActivationRecord Split Explanation Simulation Result Failure Score Undefined MeanScore "
    "record_windows select select_even_odd levels explain_and_score score both_ends exchanged shuffled_table "
    "TokenTable Pairs AllAtOnce TokenByToken Contrast Json Lookup Oracle Calibration correlation mean_score",
    "explanation_questions": "detection fuzzing evidence threshold ask balanced_accuracy Question BalancedAccuracy",
    "calibration": "Calibration fit scale KINDS",
    "explanation_scores": "correlation explained_variance absolute_deviation mean_score",
    "rule_neurons": "Rule RULES records word each correlation_under_noise",
    "digit_simulator": "AllAtOnce TokenByToken Prompt expected_levels",
    "results": "save load describe provenance Watermark",
    "figures": "use_style band log_ticks word_axis",
    "shaded_text": "ShadedText visible",
    "kept_simulations": "Kept",
    "notation": "named h2 log2 latex unfold",
}
MODULES = [m.name for m in pkgutil.iter_modules(polylib.__path__)]


def public(module):
    members = vars(importlib.import_module(f"polylib.{module}")).items()
    return [v for k, v in members if not k.startswith("_") and getattr(v, "__module__", "") == f"polylib.{module}"]


@pytest.mark.parametrize(("module", "names"), FIXED.items())
def test_fixed_names_exist(module, names):
    found = importlib.import_module(f"polylib.{module}")
    assert [n for n in names.split() if not hasattr(found, n)] == []


@pytest.mark.parametrize("method", ["equal", "at_most", "agrees", "sampled", "refutes"])
def test_derivations_have_every_kind_of_step(method):
    assert callable(getattr(polylib.derivation.Derivation, method))


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_are_documented_and_annotated(module):
    source = importlib.import_module(f"polylib.{module}")
    assert source.__doc__
    for thing in filter(inspect.isfunction, public(module)):
        function = inspect.unwrap(thing)
        assert function.__doc__, f"{module}.{function.__name__} has no docstring"
        parameters = inspect.signature(function).parameters.values()
        bare = [
            p.name for p in parameters if p.annotation is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        assert bare == [], f"{module}.{function.__name__} does not annotate {bare}"


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_small(module):
    lines = inspect.getsource(importlib.import_module(f"polylib.{module}")).splitlines()
    assert len(lines) <= 200
