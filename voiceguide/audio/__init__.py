from voiceguide.system.memory_limits import require_memory_to_import

require_memory_to_import("numpy")  # every module of this package imports it
