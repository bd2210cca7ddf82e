/* SPDX-License-Identifier: MIT
 *
 * Values of the system registers that head.S writes whole. Bits as DDI 0487 (Arm ARM), D13.2 names them.
 */

#pragma once

#define MIDR_CORTEX_A72 0xd08
#define COUNTER_HZ_BOARD 54000000

/* Where the BCM2711 has its GIC-400 (low-peripheral mode), and the registers of it that only EL3 may write */
#define BCM2711_GICD 0xff841000
#define BCM2711_LOCAL 0xff800000 /* ARM-local peripherals */
#define GICD_TYPER 0x4
#define GICD_IGROUPR 0x80
#define GICD_TO_GICC 0x1000
#define GICC_PMR 0x4

/* SCR_EL3: NS, RES1[5:4], SMD, HCE, RW */
#define SCR_EL3_VALUE 0x5b1
/* SCTLR_EL2: RES1 bits, everything else off */
#define SCTLR_EL2_VALUE 0x30c50830
/* HCR_EL2: RW */
#define HCR_EL2_VALUE 0x80000000
/* CPTR_EL2: RES1 bits */
#define CPTR_EL2_VALUE 0x33ff
/* CPACR_EL1.FPEN: no trap of SIMD. Else the register is 0: everything traps */
#define CPACR_EL1_SIMD 0x300000
/* CNTHCTL_EL2: EL1PCEN, EL1PCTEN */
#define CNTHCTL_EL2_VALUE 0x3
/* CNTKCTL_EL1: EVNTEN, EVNTI = 15: an event for WFE whenever bit 15 of the counter rises */
#define CNTKCTL_EL1_VALUE 0xf4
/* SPSR: D, A, I, F masked; EL2h and EL1h */
#define SPSR_EL2H_MASKED 0x3c9
#define SPSR_EL1H_MASKED 0x3c5

/* SCTLR_EL1: RES1 bits [29:28, 23:22, 20, 11] */
#define SCTLR_EL1_OFF 0x30d00800
/* and M, C, SA (stack alignment), I, WXN (writable means not executable) */
#define SCTLR_EL1_ON (SCTLR_EL1_OFF | 0x1 | 0x4 | 0x8 | 0x1000 | 0x80000)

/* MAIR_EL1: 0 Device-nGnRE, 1 Normal write-back */
#define MAIR_VALUE 0xff04
#define MAIR_DEVICE 0
#define MAIR_NORMAL 1

/* TCR_EL1: 39 bits in both halves, 4 KiB granules, walks inner-shareable write-back; IPS is filled in */
#define TCR_T0SZ 25
#define TCR_T1SZ (25 << 16)
#define TCR_WALKS0 ((1 << 8) | (1 << 10) | (3 << 12))
#define TCR_WALKS1 ((1 << 24) | (1 << 26) | (3 << 28))
#define TCR_TG1_4K (2 << 30)
#define TCR_EPD0 (1 << 7)
#define TCR_EARLY (TCR_T0SZ | TCR_T1SZ | TCR_WALKS0 | TCR_WALKS1 | TCR_TG1_4K)
