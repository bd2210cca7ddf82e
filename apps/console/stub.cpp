#include <base/types.hpp>
#include <arch/mmio.hpp>
#include <arch/image.hpp>
#include <arch/translation.hpp>
using namespace quartet;
constinit arch::TranslationTable t2 [[gnu::aligned(4096)]]{};
extern "C" { u64 quartet_secondary_records[32]; 
alignas(16) char quartet_core0_exception_stack[4096]; 
[[gnu::weak]] void quartet_fault(){for(;;);} [[gnu::weak]] void quartet_irq_special(){} [[gnu::weak]] void quartet_irq_reschedule(){} [[gnu::weak]] void quartet_secondary(){}
void quartet_boot(){
  auto phys=[](const void*p){return PhysAddr{reinterpret_cast<uptr>(p)-arch::image_base+quartet_boot_record.load_address.value()};};
  quartet_kernel_root.entries[384]=arch::Descriptor::table(phys(&t2));
  t2.entries[0]=arch::Descriptor::block(PhysAddr{0xfe200000},arch::Access::Device);
  arch::publish_mappings();
  arch::MmioRegion r{Unsafe{"stub for now only"},0xffffffe000001000};
  for(const char*p="hello quartet\n";*p;++p) r.write32(0,static_cast<u32>(*p));
  for (u64 x : {quartet_boot_record.x0, quartet_boot_record.load_address.value(), quartet_boot_record.exception_level}) { for(int i=60;i>=0;i-=4) r.write32(0, static_cast<u32>("0123456789abcdef"[(x>>i)&15])); r.write32(0,10);} 
  for(;;) asm("wfi"); } }
asm(".global quartet_core0_exception_stack_end,quartet_core0_overflow_stack_end; .bss; .balign 16; .skip 4096; quartet_core0_exception_stack_end: .skip 4096; quartet_core0_overflow_stack_end: .text");
#include <base/assert.hpp>
namespace quartet { [[noreturn]] [[gnu::weak]] void check_failed(const char*, std::source_location) { for (;;) asm("wfi"); } }
