//! The table of cases.

use aingle_wasm_core::engine::Engine;

use crate::{Case, Probe};

/// Declares the modules and lists their cases.
macro_rules! cases {
    ($($module:ident: $($case:ident,)+;)+) => {
        $(mod $module;)+

        /// Hands every case and its name to `each`, in the same order every time.
        pub fn for_each<E: Engine<Probe> + Clone>(mut each: impl FnMut(&'static str, Case<E>)) {
            $($(each(concat!(stringify!($module), "::", stringify!($case)), $module::$case);)+)+
        }
    };
}

cases! {
    calls:
        a_reply_is_lent,
        an_empty_request_needs_no_envelope,
        an_error_answer_is_no_fault,
        a_request_beyond_the_inbox_is_allocated,
        a_guest_of_ours_gets_a_local_envelope,
        an_event_has_no_answer,
        a_raw_frame_goes_through_as_it_is,
        an_entry_that_is_none_is_refused,
        an_entry_of_another_guest_is_looked_up_anew,
        the_state_comes_back,
        ;
    fresh:
        a_reset_guest_remembers_nothing,
        a_guest_without_names_is_reset_too,
        fault_37_nothing_of_a_trap_survives_a_reset,
        fuel_is_the_same_after_a_reset,
        a_memory_that_grew_is_small_again,
        entries_and_state_stay,
        an_arena_is_empty_after_a_reset,
        an_instance_is_put_back_in_place,
        ;
    fuel:
        fault_28_an_endless_loop_ends,
        fault_28_an_endless_loop_of_host_calls_ends,
        fault_28_an_endless_loop_of_fills_ends,
        fault_28_bulk_operations_cost_their_bytes,
        fault_36_a_refilled_guest_answers,
        fault_36_fuel_ends_between_host_calls,
        fault_36_fuel_ends_inside_a_host_call,
        fuel_used_repeats,
        ;
    host_calls:
        a_host_function_answers,
        a_failed_host_function_is_an_error_answer,
        a_reply_without_room_names_its_size,
        a_host_function_may_stop_its_guest,
        host_calls_are_counted_and_digested,
        fault_31_a_request_within_memory_passes,
        fault_31_a_request_outside_memory_traps,
        fault_31_an_empty_request_touches_nothing,
        fault_31_a_request_on_its_reply_traps,
        ;
    predecessor:
        an_envelope_goes_in_and_comes_out,
        either_error_mark_is_an_error,
        a_host_function_answers_in_an_envelope,
        the_arena_is_reset_between_calls,
        fault_33_a_host_call_from_the_allocator_traps,
        fault_34_an_allocator_without_room_is_no_crash,
        fault_34_an_allocator_outside_memory_traps,
        fault_34_an_allocator_on_the_request_traps,
        fault_28_an_allocator_that_hangs_ends,
        fault_31_a_host_call_without_envelope_traps,
        fault_35_an_answer_without_envelope_traps,
        fault_06_a_coded_host_call_traps,
        fault_32_a_request_is_read_once,
        ;
    traps:
        every_kind_of_trap,
        only_the_guests_own_exports_run,
        fault_29_endless_recursion_ends,
        fault_29_recursion_ends_at_the_same_depth,
        fault_29_the_widest_frames_fit_as_often,
        fault_29_recursion_with_host_calls_ends_too,
        fault_35_an_answer_outside_memory_traps,
        fault_37_nothing_of_a_trapped_run_is_seen_again,
        fault_37_a_trapped_guest_starts_afresh,
        memory_ends_at_its_last_byte,
        bulk_operations_end_at_the_last_byte,
        ;
    numbers:
        every_type_passes,
        conversions_saturate,
        wrong_arguments_are_refused,
        ;
    floats:
        fault_41_computed_nans_are_canonical,
        fault_41_nans_of_numbers_are_canonical,
        fault_41_moved_nans_keep_their_bits,
        fault_41_zeros_keep_their_sign,
        fault_41_small_floats_stay_exact,
        fault_41_floats_to_integers,
        ;
    memory:
        fault_30_growth_ends_at_the_maximum,
        fault_30_a_storm_of_growth_ends,
        fault_30_a_failed_growth_changes_nothing,
        growth_that_a_machine_lacks_is_no_verdict,
        a_memory_of_2_gib_is_not_given,
        ;
    refused:
        fault_21_what_is_no_module,
        fault_21_lengths_that_lie,
        fault_21_overlong_numbers,
        fault_21_a_flood_of_custom_sections_is_skipped,
        fault_21_names_that_are_not_sound_are_skipped,
        fault_22_what_is_too_large,
        fault_22_giant_counts,
        fault_23_a_start_function,
        fault_24_an_import_that_is_not_granted,
        fault_27_many_parameters_or_results,
        segments_that_do_not_fit,
        features_outside_the_set,
        ;
}
