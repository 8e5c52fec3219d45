#!/usr/bin/env bash
# Puts the newest MySQL that Debian has, with every library it needs, into a
# directory, whatever Debian this machine runs: nothing is installed, and the
# machine's own packages are not looked at. The archive's signature is checked.
set -euo pipefail

to=$1
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "missing: apt-get and dpkg-deb"; exit 1; }
mirror=$(apt-get indextargets --format '$(SITE)' | grep -m 1 '/debian/*$' || true)
[ -n "$mirror" ] || { echo "apt-get knows no archive of Debian"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,archives,root/usr/lib,root/usr/lib64,root/usr/sbin}/partial
: > "$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$work/sources.list"
apt() {
	apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$work/lists" \
		-o Dir::State::status="$work/status" -o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" \
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}
apt update
apt -y -d --no-install-recommends install mysql-server-core >/dev/null

root=$work/root
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
for deb in "$work"/archives/*.deb; do
	case $deb in */perl* | */libperl*) continue ;; esac
	dpkg-deb -x "$deb" "$root"
done
find "$root/usr/share" -mindepth 1 -maxdepth 1 ! -name mysql -exec rm -rf {} +
"$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/sbin/mysqld" --no-defaults --version
rm -rf "$to"
mkdir -p "$to"
cp -a "$root/." "$to/"
basename "$work"/archives/mysql-server-core_*.deb > "$to/from"
