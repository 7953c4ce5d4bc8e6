#!/bin/bash
# Runs the suite named by lab_suite inside the lab, reports its exit code on the console and powers off.
export PATH=/run/lab/repo/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LC_ALL=C NO_COLOR=1
# The kernel's own messages would fall into the middle of result lines.
echo 1 > /proc/sys/kernel/printk
mount -t tmpfs t /root
ip link set lo up
cd /run/lab/repo || exit
# What runs is the build: stripping types needs WebAssembly, which crashes now and then under emulation.
node --import ./bench/dist-instead-of-src.mjs "$lab_suite" < /dev/null
printf '\nLAB-EXIT %s\n' "$?"
sync
echo o > /proc/sysrq-trigger
sleep 10
