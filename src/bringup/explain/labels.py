"""The labels of all causes: a cause file has the name of its label."""

from __future__ import annotations

from typing import Final

LABELS: Final = frozenset(
    """
    apt_repo_key_missing architecture_mismatch benign bind_address_not_on_host
    bitsandbytes_cuda_setup_failed build_dependency_not_visible build_isolation_needs_torch
    checkpoint_file_corrupt checkpoint_needs_map_location cluster_version_mismatch
    cmake_missing_or_old compiler_missing conflicting_cuda_libraries container_lost_gpu
    cpu_instruction_missing cpu_only_torch_build cuda_compat_in_container cuda_home_not_set
    cuda_in_forked_process cuda_library_not_found cudnn_library_not_found cudnn_version_mismatch
    database_schema_outdated dataset_source_unavailable dependency_conflict disk_full
    dns_resolution_failed docker_daemon_not_running docker_nvidia_runtime_not_registered
    docker_socket_permission download_corrupted download_timeout driver_library_version_mismatch
    driver_libs_baked_in_image driver_too_old_for_container driver_too_old_for_cuda
    duplicate_openmp_runtime embedding_index_out_of_range extension_torch_abi_mismatch
    externally_managed_python fabric_manager_not_running framework_cuda_version_mismatch
    glibc_too_old glibcxx_too_old gpu_arch_not_in_wheel gpu_exclusive_process_mode
    gpu_memory_held_by_other_process gpu_not_exposed_to_container gpu_out_of_memory
    gpu_too_old_for_wheel half_precision_on_cpu host_compiler_too_new_for_nvcc host_out_of_memory
    hostname_resolves_to_loopback hub_unreachable image_tag_not_found inotify_limit
    java_missing_or_incompatible jax_cpu_only jax_jaxlib_mismatch jinja2_markupsafe_incompatible
    jupyter_root_refused k8s_gpu_resource_unavailable k8s_taint_not_tolerated keras3_incompatible
    kernel_missing_ipykernel keyring_locked labels_out_of_range libdevice_not_found
    locale_not_utf8 macos_version_too_old macos_wrong_architecture mmcv_ops_missing
    model_repository_layout model_signature_mismatch more_processes_than_gpus mpi_root_refused
    mpi_slots_insufficient mps_float64_unsupported mps_op_unsupported
    nbextensions_incompatible_notebook7 network_interface_choice numpy2_abi numpy_removed_alias
    numpy_too_old_for_extension nvidia_container_toolkit_missing nvidia_driver_broken_install
    nvidia_driver_not_installed nvidia_driver_not_loaded nvidia_module_rejected_secure_boot
    nvidia_uvm_broken_after_suspend nvml_library_missing_in_container onnx_version_unsupported
    onnxruntime_cpu_package_installed onnxruntime_cuda_deps_missing open_file_limit
    package_not_on_index platform_has_no_cuda_wheels port_in_use port_permission_denied
    precision_unsupported_by_gpu protobuf_too_new proxy_auth_required proxy_blocks_host
    ptxas_too_old python_32bit python_headers_missing python_interpreter_missing
    python_version_unsupported pythonpath_leak pyzmq_tornado_incompatible ray_head_unreachable
    registry_auth_required registry_rate_limited rendezvous_unreachable rocm_gpu_arch_unsupported
    rust_toolchain_missing serving_handler_dependency_missing shared_library_missing
    shm_permission_denied shm_too_small site_packages_not_writable stale_kernelspec
    tensorboard_duplicate_install tf_gpu_libs_not_found tf_gpu_memory_growth
    tf_windows_gpu_dropped tls_ca_not_trusted tmp_full toolkit_too_old_for_gpu_arch
    toolkit_torch_cuda_mismatch torch_local_version_needs_index torch_torchaudio_mismatch
    torch_torchvision_mismatch torch_weights_only_default triton_missing
    triton_ptxas_too_old_for_gpu user_site_leak wheel_platform_mismatch
    windows_build_too_old_for_wsl_gpu windows_dll_dependency_missing wrong_interpreter
    wsl_gpu_access_blocked wsl_gpu_not_available wsl_libcuda_not_on_path xformers_torch_mismatch
    """.split()  # noqa: SIM905 - one list to read, not a hundred lines
)
