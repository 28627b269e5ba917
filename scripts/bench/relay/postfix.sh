#!/bin/sh
# A Postfix of its own for the comparison, with the settings it comes with: loopback only, nothing of
# /etc/postfix is touched, everything goes to 127.0.0.1:$PF_NEXT.
#   postfix.sh create|start|stop|empty        PF_DIR=<folder owned by root> PF_PORT=<port> PF_NEXT=<port>
set -eu
: "${PF_DIR:?}" "${PF_PORT:?}" "${PF_NEXT:?}"
PATH=$PATH:/usr/sbin
etc=$PF_DIR/etc
case $1 in
create)
  mkdir -p "$etc" "$PF_DIR/spool" "$PF_DIR/data"
  chown postfix "$PF_DIR/data"
  chmod 755 "$PF_DIR" "$etc" "$PF_DIR/spool"
  cat >"$etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $PF_DIR/spool
data_directory = $PF_DIR/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.bench.test
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:$PF_NEXT
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
message_size_limit = 52428800
mailbox_size_limit = 0
biff = no
CF
  cp /etc/postfix/dynamicmaps.cf "$etc/" 2>/dev/null || :
  # The services as Postfix defines them, without chroot and without programs that deliver here.
  grep -v '^#' /etc/postfix/master.cf.proto | awk -v port="$PF_PORT" '
    /^[[:space:]]/ { if (kept) print; next }
    NF == 0 { next }
    { kept = ($8 != "pipe") }
    $1 == "smtp" && $2 == "inet" { print "127.0.0.1:" port " inet n - n - - smtpd"; next }
    kept { $5 = "n"; print }' >"$etc/master.cf"
  ;;
start) postfix -c "$etc" start ;;
stop) postfix -c "$etc" stop || : ;;
empty) postsuper -c "$etc" -d ALL || : ;;
esac
