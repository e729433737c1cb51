;; Counts of four billion in each section.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\05\ff\ff\ff\ff\0f" "\02\05\ff\ff\ff\ff\0f" "\03\05\ff\ff\ff\ff\0f" "\04\05\ff\ff\ff\ff\0f" "\05\05\ff\ff\ff\ff\0f" "\06\05\ff\ff\ff\ff\0f" "\07\05\ff\ff\ff\ff\0f" "\09\05\ff\ff\ff\ff\0f" "\0b\05\ff\ff\ff\ff\0f")
