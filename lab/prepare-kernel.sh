#!/usr/bin/env bash
# Downloads Debian's stock kernel, unpacks it (never installs it) and builds the lab's initrd beside it.
# Usage: prepare-kernel.sh. Prints the folder that holds vmlinuz, root/lib/modules and initrd.gz. It lies in the user's cache, so that every
# clone shares one download; exit 3 says that the package could not be had.
# Needs: apt-get, dpkg, busybox-static, cpio, kmod, gzip, and the package lists of a recent `apt-get update`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/netmcp-lab
mkdir -p "$cache" 2> /dev/null && [ -w "$cache" ] || cache=$here/../node_modules/.cache/netmcp-lab
init_version=$(cksum < "$here/init" | cut -d' ' -f1)
mkdir -p "$cache"

complete() { [ -s "$1/vmlinuz" ] && [ -s "$1/initrd-$init_version.gz" ]; }

build_initrd() { # KERNEL_DIR KERNEL
  local dir=$1 kernel=$2 tree n=10 file name
  tree=$(mktemp -d "$cache/.initrd.XXXXXX")
  mkdir -p "$tree"/{bin,mods,proc,sys,dev,lower,ov,new}
  cp /bin/busybox "$tree/bin/"
  cp "$here/init" "$tree/init"
  chmod +x "$tree/init"
  for name in virtio_pci 9pnet_virtio 9p overlay; do
    # A line is `insmod PATH` or, for what is built in, `builtin NAME`.
    modprobe -d "$dir/root" -S "$kernel" --show-depends "$name"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' > "$tree/.order"
  while read -r file; do
    name=mods/$n-$(basename "$file")
    case $file in
      *.xz) xz -dc "$file" > "$tree/${name%.xz}" ;;
      *.zst) zstd -dcq "$file" > "$tree/${name%.zst}" ;;
      *) cp "$file" "$tree/$name" ;;
    esac
    n=$((n + 1))
  done < "$tree/.order"
  rm "$tree/.order"
  (cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) > "$dir/.initrd.$$"
  mv "$dir/.initrd.$$" "$dir/initrd-$init_version.gz"
  rm -rf "$tree"
}

answer() { # KERNEL_DIR
  ln -sfn "initrd-$init_version.gz" "$1/initrd.gz"
  printf '%s\n' "$1"
  exit 0
}

for dir in "$cache"/*-amd64; do
  [ -s "$dir/vmlinuz" ] || continue
  complete "$dir" || build_initrd "$dir" "$(basename "$dir")"
  answer "$dir"
done

package=$(apt-cache depends linux-image-amd64 2> /dev/null | awk '/Depends: linux-image-/ { print $2; exit }' || true)
[ -n "$package" ] || { echo "apt knows no linux-image-amd64: run apt-get update" >&2; exit 3; }
kernel=${package#linux-image-}
work=$(mktemp -d "$cache/.kernel.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package" >&2) || {
  echo "the download of $package failed: run apt-get update and look at the network" >&2
  exit 3
}
dpkg -x "$work/$package"_*.deb "$work/root"
rm "$work/$package"_*.deb
depmod -b "$work/root" "$kernel"
mv "$work/root/boot/vmlinuz-$kernel" "$work/vmlinuz"
build_initrd "$work" "$kernel"
# Another run may have finished first; a folder with a kernel in it is never replaced.
mv -T "$work" "$cache/$kernel" 2> /dev/null || [ -s "$cache/$kernel/vmlinuz" ]
answer "$cache/$kernel"
