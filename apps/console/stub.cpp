#include <base/assert.hpp>
#include <kernel/boot_scheduler.hpp>
namespace quartet { [[noreturn]] [[gnu::weak]] void check_failed(const char*, std::source_location) { for (;;) asm("wfi"); } 
namespace kernel { constinit Thread boot_flow{}; void start_boot_scheduler(u32, std::span<std::byte>) noexcept {} } }
extern "C" { [[gnu::weak]] void quartet_fault(){for(;;);} [[gnu::weak]] void quartet_irq_special(){} [[gnu::weak]] void quartet_irq_reschedule(){} [[gnu::weak]] void quartet_secondary(){}
quartet::u64 quartet_secondary_records[32]; }
