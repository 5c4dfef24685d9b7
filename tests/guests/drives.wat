;; A guest with an entry for each host function behind which there is something of a board's: it calls that one, and answers
;; with what came of it; of `log` and `time` with 0, or -1 for an error.
(module
  (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
  (import "env" "__aingle_time" (func $time (param i32 i32) (result i64)))
  (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "pin_set" (func $pin_set (param i32 i32) (result i32)))
  (import "aingle_hal" "pin_read" (func $pin_read (param i32) (result i32)))
  (import "aingle_hal" "i2c_transaction" (func $i2c_transaction (param i32 i32 i32 i32) (result i32)))
  (import "aingle_hal" "i2c_write_read" (func $i2c_write_read (param i32 i32 i32 i32) (result i32)))
  (import "aingle_hal" "spi_transaction" (func $spi_transaction (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "delay" (func $delay (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "clock_read" (func $clock_read (param i32 i32) (result i32)))
  (import "aingle_hal" "pwm_max" (func $pwm_max (param i32) (result i32)))
  (import "aingle_hal" "pwm_set" (func $pwm_set (param i32 i32) (result i32)))
  (import "aingle_hal" "adc_max" (func $adc_max (param i32) (result i32)))
  (import "aingle_hal" "adc_read" (func $adc_read (param i32) (result i32)))
  (import "aingle_hal" "uart_read" (func $uart_read (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "uart_write" (func $uart_write (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "uart_flush" (func $uart_flush (param i32) (result i32)))
  (import "aingle_hal" "uart_ready" (func $uart_ready (param i32) (result i32)))

  (memory (export "memory") 512 512 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 64, host-reply area 192 + 64, depth 0, memory 512.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\40\00\00\00" "\c0\00\00\00\40\00\00\00" "\00\00\00\00\00\02\00\00")
  ;; A line of level 3, in which the name of all parts is; at 8 a write of a byte at 0 with a read of two at 260.
  (data (i32.const 0) "\03part")
  (data (i32.const 8) "\00\00\00\00\00\00\00\00\01\00\00\00" "\01\00\00\00\04\01\00\00\02\00\00\00")

  (func $answer (param $code i32) (result i64)
    (i32.store offset=256 (i32.const 0) (local.get $code))
    (i64.or (i64.shl (i64.const 256) (i64.const 32)) (i64.const 4)))

  (func $answer_reply (param $reply i64) (result i64)
    (call $answer (i32.wrap_i64 (i64.shr_s (local.get $reply) (i64.const 63)))))

  ;; Handles are given in turn: that of a part is the number of its kind.
  (func (export "open") (param i32 i32) (result i64)
    (local $kind i32)
    (loop $next (result i64)
      (if (i32.ne (call $open (local.get $kind) (i32.const 1) (i32.const 4)) (local.get $kind))
        (then (return (call $answer (i32.const -1)))))
      (br_if $next (i32.lt_u (local.tee $kind (i32.add (local.get $kind) (i32.const 1))) (i32.const 9)))
      (call $answer (i32.const 0))))

  (func (export "log") (param i32 i32) (result i64)
    (call $answer_reply (call $log (i32.const 0) (i32.const 5))))
  (func (export "time") (param i32 i32) (result i64)
    (call $answer_reply (call $time (i32.const 0) (i32.const 0))))

  (func (export "pin_set") (param i32 i32) (result i64)
    (call $answer (call $pin_set (i32.const 0) (i32.const 2))))
  (func (export "pin_read") (param i32 i32) (result i64)
    (call $answer (call $pin_read (i32.const 1))))
  (func (export "i2c_transaction") (param i32 i32) (result i64)
    (call $answer (call $i2c_transaction (i32.const 2) (i32.const 0x48) (i32.const 8) (i32.const 2))))
  (func (export "i2c_write_read") (param i32 i32) (result i64)
    (call $answer
      (call $i2c_write_read (i32.const 0x4802) (i32.const 0) (i32.const 260) (i32.const 0x20001))))
  (func (export "spi_transaction") (param i32 i32) (result i64)
    (call $answer (call $spi_transaction (i32.const 3) (i32.const 8) (i32.const 2))))
  (func (export "delay") (param i32 i32) (result i64)
    (call $answer (call $delay (i32.const 4) (i32.const 5000) (i32.const 0))))
  (func (export "clock_read") (param i32 i32) (result i64)
    (call $answer (call $clock_read (i32.const 5) (i32.const 264))))
  (func (export "pwm_max") (param i32 i32) (result i64) (call $answer (call $pwm_max (i32.const 6))))
  (func (export "pwm_set") (param i32 i32) (result i64)
    (call $answer (call $pwm_set (i32.const 6) (i32.const 1))))
  (func (export "adc_max") (param i32 i32) (result i64) (call $answer (call $adc_max (i32.const 7))))
  (func (export "adc_read") (param i32 i32) (result i64) (call $answer (call $adc_read (i32.const 7))))
  (func (export "uart_read") (param i32 i32) (result i64)
    (call $answer (call $uart_read (i32.const 8) (i32.const 264) (i32.const 8))))
  (func (export "uart_write") (param i32 i32) (result i64)
    (call $answer (call $uart_write (i32.const 8) (i32.const 0) (i32.const 5))))
  (func (export "uart_flush") (param i32 i32) (result i64) (call $answer (call $uart_flush (i32.const 8))))
  (func (export "uart_ready") (param i32 i32) (result i64) (call $answer (call $uart_ready (i32.const 8))))

  ;; It wants a `part` of each kind: the bus with address 0x48 at 400 kHz at most, SPI at 1 MHz, waits of 100 us.
  (@custom "aingle.grants"
    "\01\09" "\04part\00" "\04part\01"
    "\04part\02\80\80\80\80\80\80\80\80\80\80\04\80\b5\18"
    "\04part\03\c0\84\3d" "\04part\04\64" "\04part\05" "\04part\06" "\04part\07" "\04part\08" "\00"))
