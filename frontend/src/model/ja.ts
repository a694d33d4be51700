// Every word that a page says, in Japanese, in the polite form.
import { panels } from './panels/ja.ts';
import type { Words } from './words.ts';

const state: Words['state'] = {
  idle: '通話なし',
  preparing: '準備中…',
  waiting: '相手を待っています',
  connecting: '接続中…',
  knocking: '待合室',
  connected: '通話中',
  reconnecting: '切断されました。再接続中…',
  ended: '通話が終了しました',
  failed: '通話できませんでした',
};

const reason: Words['reason'] = {
  hung_up: {
    what: '通話を切りました。',
    next: '新しいルームの作成や、別のルームへの参加はいつでもできます。',
  },
  other_hung_up: {
    what: '相手が通話を切りました。',
    next: 'また話すには、新しいルームを作るか、相手に招待を送り直してもらってください。',
  },
  other_lost: {
    what: '相手との接続が切れました。',
    next: 'ネットワークを確認してから、新しいルームを作るか、相手に招待を送り直してもらってください。',
  },
  declined: {
    what: '相手の入室を許可しませんでした。',
    next: 'ルームは閉じられました。ほかの人を待つには、新しいルームを作ってください。',
  },
  other_declined: {
    what: '相手が入室を許可しませんでした。',
    next: '約束があった場合は、招待を送り直してもらってください。',
  },
};

const code: Words['code'] = {
  bad_room_id: {
    what: 'ルーム ID ではありません。',
    next: 'ルーム ID は 4fk2-9xqa-07mz のような形です。入力ミスがないか確認してください。',
  },
  bad_invite: {
    what: '招待リンクが途中で切れています。',
    next: 'リンクを最後の文字までコピーし直してください。',
  },
  bad_code: {
    what: '通話コードが途中で切れています。',
    next: 'コード全体をコピーし直すか、QR コードを読み取ってください。',
  },
  need_link: {
    what: 'ローカルネットワークでは、ルーム ID だけでは足りません。',
    next: '相手に招待リンク全体を送ってもらい、ここに貼り付けてください。',
  },
  room_not_found: {
    what: 'そのルームはありません。',
    next: 'ルーム ID を確認するか、招待を送り直してもらってください。通話が終わると、ルームはなくなります。',
  },
  room_full: {
    what: 'このルームにはもう二人います。',
    next: '通話は二人用です。相手に新しいルームを作ってもらってください。',
  },
  room_expired: {
    what: 'この招待は期限が切れています。',
    next: '相手に新しい招待を送ってもらってください。',
  },
  own_room: {
    what: 'これはご自分のルームです。',
    next: '話したい相手に招待を送り、ここでお待ちください。',
  },
  room_closed: {
    what: 'ルームが閉じられました。',
    next: '新しいルームを作るか、招待を送り直してもらってください。',
  },
  unreachable: {
    what: '二人が落ち合う場所につながりません。',
    next: 'オンラインか確認してください。ローカルネットワークでは、招待を送ったパソコンと同じネットワークにいるか、そのパソコンで Parley が動いているかも確認し、もう一度お試しください。',
  },
  no_server: {
    what: 'ルームをネットワークに公開できませんでした。',
    next: '別のプログラムがポートを使っているか、フォルダーに書き込めない可能性があります。Parley を再起動するか、「parley config」で設定を確認してください。',
  },
  untrusted: {
    what: '招待とは別のパソコンが応答しました。',
    next: '安全のため、何も送信していません。相手に新しい招待リンクを送ってもらってください。',
  },
  refused: {
    what: 'ルームのサーバーに断られました。',
    next: '両方が最新版になるよう、Parley を再読み込みまたは再起動してから、もう一度お試しください。',
  },
  too_many: {
    what: '短い間に試した回数が多すぎます。',
    next: '1 分ほど待ってから、もう一度お試しください。',
  },
  no_offer: {
    what: '相手の端末から応答がありません。',
    next: '相手に、通話を開いたままにするか、新しいルームを作るよう頼んでください。',
  },
  bad_description: {
    what: '相手のアプリから、Parley が理解できない内容が届きました。',
    next: '相手にアプリかブラウザを更新してもらい、もう一度お試しください。',
  },
  no_connection: {
    what: '二人をつなぐ経路が見つかりませんでした。',
    next: 'ファイアウォールが原因かもしれません。同じ Wi-Fi など、別のネットワークをお試しください。',
  },
  no_camera: {
    what: 'カメラが見つかりません。',
    next: 'カメラなしでも話せます。映すには、カメラをつないで、もう一度オンにしてください。',
  },
  camera_busy: {
    what: '別のプログラムがカメラを使っています。',
    next: 'そのプログラムを閉じて、もう一度カメラをオンにしてください。',
  },
  camera_refused: {
    what: 'カメラの使用が許可されていません。',
    next: 'ブラウザかシステムのプライバシー設定で許可し、もう一度カメラをオンにしてください。',
  },
  no_microphone: {
    what: 'マイクが見つかりません。',
    next: '相手に声が届きません。マイクをつないで、ミュートを解除してください。',
  },
  microphone_busy: {
    what: '別のプログラムがマイクを使っています。',
    next: 'そのプログラムを閉じて、ミュートを解除してください。',
  },
  microphone_refused: {
    what: 'マイクの使用が許可されていません。',
    next: 'ブラウザかシステムのプライバシー設定で許可し、ミュートを解除してください。',
  },
  no_speaker: {
    what: 'スピーカーが見つかりません。',
    next: '相手の声が聞こえません。スピーカーかヘッドホンをつないでください。',
  },
  bad_device: {
    what: '選んだ機器は使えません。',
    next: '別の機器か、システムの既定を選んでください。',
  },
  in_call: {
    what: 'すでに通話中です。',
    next: '先に通話を切ってから、もう一度お試しください。',
  },
  not_in_call: {
    what: '今は通話していません。',
    next: '先にルームを作るか、参加してください。',
  },
  internal: {
    what: 'Parley の中で問題が起きました。',
    next: 'もう一度お試しください。繰り返す場合は、Parley を再起動してください。',
  },
};

const label: Words['label'] = {
  app: 'Parley',
  createRoom: 'ルームを作る',
  join: '参加',
  joinField: 'ルーム ID、招待リンク、通話コード',
  joinExample: '4fk2-9xqa-07mz',
  dismiss: '閉じる',

  previewStarting: 'カメラを起動中…',
  devices: '機器',

  call: '通話',
  you: '自分',
  otherPerson: '相手',
  cameraOff: 'カメラはオフです',
  slow: 'いつもより時間がかかっています。接続を続けています…',
  noPicture: '映像を待っています…',
  muted: 'ミュート中',
  paused: '停止中',
  oursPaused: {
    what: '接続が弱いため、こちらの映像を止めています。',
    next: '音声は続きます。',
  },
  theirsPaused: '接続が弱いため、相手の映像は止まっています。音声は続きます。',
  swapped: {
    what: '誰かが相手になりすまそうとしました。',
    next: 'Parley が拒否しました。合言葉をもう一度確かめてください。',
  },
  controls: '通話の操作',
  mute: 'マイクをミュート',
  unmute: 'ミュートを解除',
  cameraTurnOff: 'カメラをオフにする',
  cameraTurnOn: 'カメラをオンにする',
  switchCamera: 'カメラを切り替える',
  hangUp: '通話を切る',
  tapToHear: 'タップして音を出す',
  stillAway: '相手がまだ戻りません',
  stillAwayWhy: '30 秒ほど相手を探しています。電波が届かないだけなら、そのうち自動でつながります。',
  keepTrying: '探し続ける',

  invite: '招待する',
  showInvite: '招待を表示',
  copyRoomId: 'ルーム ID をコピー',
  copyInvite: '招待リンクをコピー',
  copied: 'コピーしました',

  createByHand: 'サーバーなしで通話',
  byHand: 'コードの受け渡し',
  scan: 'カメラで読み取る',
  scanning: '相手の QR コードをカメラに向けてください。',
  close: '閉じる',

  details: '通話の詳細',
  quality: { good: '接続は良好です', fair: '接続が弱いです', poor: '接続が悪いです' },

  phoneTitle: '通話に参加',
  phoneTitleAlone: '通話に参加',
  phoneWhy:
    '相手に姿と声を届けるため、ブラウザがカメラとマイクの許可を求めます。使うのは通話中だけです。',
  phoneReady: '参加するまで、誰にも見えず、声も聞こえません。',
  phoneOr: 'または自分から始める',

  badSettings: 'このページは設定されていません',
  badSettingsWhat: (why) => `Firebase の設定を使えません：${why}。`,
  badSettingsNext: 'サイトの管理者が「make firebase-site」で直せます。',

  unsupported: 'ここではビデオを表示できません',
  noWebRTC:
    'このブラウザではビデオ通話ができないか、ページのアドレスが https:// で始まっていません。',
  noWebRTCNext: '最新の Chrome、Edge、Firefox、Safari（iOS 16.4 以降）でリンクを開いてください。',
};

const desktop: Words['desktop'] = {
  settings: {
    title: '設定',
    rooms: '相手とのつながり方',
    lan: 'ローカルネットワークで',
    lanWhy:
      'このパソコンがサーバーになり、ほかに必要なものはありません。相手は同じネットワークにいます。',
    firestore: 'インターネットで',
    firestoreWhy:
      'ご自身の Firebase プロジェクトが必要です。プロジェクト ID と、その中のウェブアプリの API キーです。',
    manual: 'コードを使って手動で',
    manualWhy: 'サーバーはまったく必要ありません。お互いにコードを文字または画像で送ります。',
    project: 'プロジェクト ID',
    apiKey: 'API キー',
    useProject: 'このプロジェクトを使う',
    relay: 'ローカルネットワークの中継',
    relayWhy: 'ネットワークが直接の接続を妨げる場合に役立ちます。',
    picture: '自分の映像の大きさ',
    saver: 'データセーバーを使って通話を始める',
    saverWhy: '映像は各方向とも最大 300 kbit/s です。',
    updates: '更新を確認する',
    updatesWhy: '多くても一日に一回で、通話中は確認しません。',
    login: 'ログイン時に起動する',
    loginWhy: 'Parley は時計の横のアイコンとしてバックグラウンドで起動します。',
    others: 'そのほかのすべての設定',
    othersWhy: '設定ファイル、またはコマンド parley config set で変更します。',
    byDefault: '既定値',
    inFile: (line) => `設定ファイルの ${line} 行目`,
    byVariable: (name) => `環境変数 ${name}`,
    byFlag: (name) => `オプション ${name}`,
    fixed: (place) => `別の場所で指定されているため、ここでは変更できません：${place}`,
    restart: 'Parley を再起動すると有効になります。',
    refused: '保存されませんでした：',
    file: (path) => `設定ファイルは ${path}`,
  },
  invited: {
    title: 'リンクから通話に招待されています。',
    why: '参加すると、相手にあなたの映像と音声が届きます。',
  },
  crash: {
    title: '通話中に Parley が終了しました。',
    callee: '相手がルームを開き直すと、再び参加できます。',
    reopen:
      '再び参加すると、ルームが開き直されます。送った招待はそのまま使えるので、相手にもう一度開いてもらってください。',
    create: 'ルームも終了しました。新しいルームを作成し、その招待を送ってください。',
    lost: 'ルームを開き直すと、送った招待はそのまま使えます。',
    rejoin: '再び参加する',
    again: 'ルームを開き直す',
  },
  keys: 'キーボードショートカット',
  keySpace: 'スペース',
  keyMicrophone: 'マイクのミュートと解除',
  keyCamera: 'カメラのオンとオフ',
  keyTalk: 'ミュート中、押している間だけ話す',
  keyFullScreen: '全画面表示の切り替え',
  keyEscape: '開いているものを閉じる、または全画面表示をやめる',
  open: 'Parley を開く',
  quit: '終了',
  quitInCall: '通話を切って終了しますか？',
  quitInCallWhy: '通話中です。Parley を終了すると、相手の通話も終わります。',
  quitNow: '通話を切って終了',
  stayInCall: '通話を続ける',
  joined: '相手が参加しました。',
  knocks: '誰かがノックしています。',
  home: '通話を始める',
  homeIntro: 'ルームを作って招待を送るだけ。相手に必要なのはブラウザだけです。',
  or: 'または参加する',
  preview: 'カメラのプレビュー',
  startPreview: 'カメラを確認',
  stopPreview: '確認を終了',
  previewIntro: '通話の前に映り方を確認できます。ほかの人には見えません。',
  newer: (version) => ({
    what: `Parley ${version} が公開されました。`,
    next: 'ご都合のよいときにダウンロードしてください。今の版もそのまま使えます。',
  }),
  openDownload: 'ダウンロードページを開く',
  doctor: '通話前のチェック',
  examine: '機器とネットワークをチェック',
  examining: 'チェック中です。最大 10 秒かかります。',
  examined: 'チェックが終わりました。',
  examineAgain: 'もう一度チェック',
  level: { ok: '正常：', warning: '注意：', problem: '問題：', skipped: '未確認：' },
  noWebCodecs:
    'この WebView はビデオをデコードできません（WebCodecs がありません）。WebKitGTK 2.50、macOS 13.3、WebView2 94 以降が必要です。',
  noDecoders: (codecs) =>
    `この WebView は ${codecs} をデコードできません。Linux では gstreamer1.0-plugins-good と gstreamer1.0-libav をインストールしてください。`,
  outside: 'このページは Parley のウィンドウで開くものです',
  outsideNext: 'パソコンで Parley を起動するか、届いた招待リンクを開いてください。',
  webviewNext: 'システムを更新してから、Parley をもう一度起動してください。',
};

const findings: Words['findings'] = {
  'camera works': { what: 'カメラは正常です。' },
  'microphone works': { what: 'マイクに音が入っています。' },
  'speaker works': {
    what: 'スピーカーから二つの音を鳴らしました。',
    next: '聞こえなかった場合は、音量を上げるか、プラグとスイッチを確かめるか、別のスピーカーを選んでください。',
  },
  'firewall works': {
    what: 'ここから試せるかぎり、このパソコン自身のファイアウォールは UDP を通します。',
  },
  heard: { what: 'スピーカーから二つの音を鳴らし、マイクで聞き取れました。' },
  stalled: {
    what: 'スピーカーは開いていますが、音を受け取りません。',
    next: '抜き差しするか、別のスピーカーを選んでください。',
  },
  speaker_muted: {
    what: 'システムでスピーカーがミュートされているか、音量がゼロです。',
    next: 'システムのサウンド設定で音量を上げ、もう一度テストしてください。',
  },
  parley_muted: {
    what: 'システムで Parley がミュートされているか、音量がゼロです。',
    next: 'システムのサウンド設定で Parley の音量を上げ、もう一度テストしてください。',
  },
  not_played: {
    what: 'スピーカーは音を受け取りましたが、システムが再生していません。',
    next: '二つの音が聞こえましたか。聞こえなければ、別のスピーカーを選ぶか、システムのサウンド設定を確かめてください。',
  },
  portal: {
    what: 'このネットワークは、サインインするまで何も通しません。',
    next: 'ブラウザーで何かウェブページを開くと、代わりにネットワークのページが出ます。そこでサインインし、もう一度テストしてください。',
  },
  intercepted: {
    what: 'ルームのサーバーの代わりに、別のものが独自の証明書で応答しています。',
    next: 'このネットワークがサインインを求める場合は、ブラウザーでウェブページを開いてサインインしてください。会社のプロキシやウイルス対策ソフトが原因のこともあるので、ネットワークの管理者に確かめてください。',
  },
  own_firewall_in: {
    what: 'このパソコン自身のファイアウォールが、届いた UDP を捨てています。通話は直接つながりません。',
    next: 'そこで UDP の受信を、少なくとも送ったものへの返事を許可してください。firewalld の規則は「sudo firewall-cmd --list-all」で見られます。Parley への接続を許可するかと Windows や macOS が尋ねたら、許可してください。',
  },
  own_firewall_out: {
    what: 'このパソコン自身のファイアウォールが UDP を外に出しません。通話は直接つながりません。',
    next: 'そこで UDP の送信を許可してください。',
  },
  own_firewall_port: {
    what: 'このパソコン自身のファイアウォールが Parley のポートを閉じています。ほかの人はルームに入れません。',
    next: 'そこでこのポート（設定していなければ 7373）への TCP と、UDP の受信を許可してください。firewalld では「sudo firewall-cmd --add-port=7373/tcp」で開きます。Parley への接続を許可するかと Windows や macOS が尋ねたら、許可してください。',
  },
  ufw: {
    what: 'このパソコンのファイアウォール（ufw）はオンです。Parley のポートを許可する規則がなければ、ほかの人はルームに入れません。',
    next: 'まだなければ、「sudo ufw allow 7373/tcp」で作れます。',
  },
  'signaling works': { what: 'ルームを作れます。' },
  'network works': { what: 'このパソコンはネットワークにつながっています。' },
  'camera off': { what: 'カメラは設定でオフになっています。' },
  'microphone off': { what: 'マイクは設定でオフになっています。' },
  'speaker off': { what: 'スピーカーは設定でオフになっています。' },
  no_picture: {
    what: 'カメラは開いていますが、映像が届きません。',
    next: '抜き差しするか、別のカメラを選んでください。',
  },
  silent: {
    what: 'マイクに音が入りません。',
    next: '本体のスイッチや、システムのサウンド設定でミュートされていませんか。',
  },
  by_hand: { what: 'コードを使って手動で通話します。サーバーは要りません。' },
  no_network: {
    what: 'このパソコンはネットワークにつながっておらず、ほかの人はルームに入れません。',
    next: 'スマートフォンと同じネットワークにつないでください。',
  },
  clock: {
    what: 'ルームは作れますが、このパソコンの時計がずれています。',
    next: '時計をネットワークで合わせるよう、システムを設定してください。',
  },
  offline: {
    what: 'このパソコンはネットワークにつながっていません。',
    next: 'ネットワークにつないで、もう一度お試しください。',
  },
  ipv6_only: {
    what: 'このネットワークは IPv6 だけです。通話できるのは、相手のネットワークにも IPv6 があるときだけです。',
    next: '別のネットワークを試すか、IPv4 を求めてください（NAT64 と 464XLAT でもかまいません）。',
  },
  dns: {
    what: '名前を解決できません。',
    next: 'ウェブページは開けますか。ネットワークへのサインインを求められたら、サインインしてください。そうでなければ、ネットワーク設定の DNS を確認してください。',
  },
  unknown_name: {
    what: '設定にあるサーバーの一つが見つかりません。',
    next: '設定にある名前を確認してください。',
  },
  no_servers: {
    what: 'STUN や TURN のサーバーが未設定のため、ローカルネットワーク内でのみ通話できます。',
    next: 'インターネット経由で通話するには、STUN または TURN サーバーのアドレスを Parley の設定ファイルの ice.servers に書いてください。ファイルの場所は、ウィンドウの「設定」のいちばん下にあります。',
  },
  no_udp_servers: { what: 'UDP のサーバーが未設定のため、NAT の種類がわかりません。' },
  open: { what: 'このパソコンには NAT なしで届きます。' },
  mapped: { what: 'インターネットからのパケットは届きます。' },
  cone: { what: 'NAT がどの宛先にも同じアドレスを使うため、直接つながります。' },
  symmetric: {
    what: 'NAT が宛先ごとに別のアドレスを使います（対称型）。必要なときは中継を通ります。',
  },
  symmetric_no_relay: {
    what: 'NAT が宛先ごとに別のアドレスを使い（対称型）、中継にも届きません。つながらない通話が多くなります。',
    next: 'TURN サーバーのアドレスを、名前とパスワードとともに Parley の設定ファイルの ice.servers に書いてください。ファイルの場所は、ウィンドウの「設定」のいちばん下にあります。',
  },
  only_443: {
    what: 'ファイアウォールが、ウェブに見える通信（TCP ポート 443）しか通しません。通話はそこの中継を通るため、遅れが増えます。',
    next: 'ファイアウォールを管理している場合は、インターネットへの UDP を許可してください。',
  },
  udp_blocked: {
    what: 'ファイアウォールが UDP を通しません。',
    next: 'ファイアウォールを管理している場合は、インターネットへの UDP を許可してください。',
  },
  servers_down: {
    what: 'STUN と TURN のサーバーが動いていません。',
    next: '管理者に問い合わせるか、別のサーバーを Parley の設定ファイルの ice.servers に書いてください。ファイルの場所は、ウィンドウの「設定」のいちばん下にあります。',
  },
  blocked: {
    what: 'STUN や TURN のサーバーから応答がありません。ファイアウォールが止めているか、サーバーが動いていません。',
    next: '別のネットワークをお試しください。厳しいファイアウォールには、TCP ポート 443 の TURN サーバーが役立ちます。',
  },
  reachable: { what: '中継が応答しています。' },
  lossy: {
    what: '中継は応答していますが、パケットが失われています。',
    next: '映像と音声が乱れます。ケーブルを使うか、アクセスポイントに近づき、ほかの通信を止めてください。',
  },
  slow: {
    what: '中継は応答していますが、時間がかかります。',
    next: '会話がぶつかりやすくなります。近くの中継や、空いた回線が役立ちます。',
  },
  'relay unreachable': {
    what: '中継から応答がありません。ファイアウォールが止めているか、動いていません。',
    next: 'TCP ポート 443 の中継なら、ほとんどのファイアウォールを通れます。',
  },
  not_running: {
    what: '中継のアドレスで何も動いていないか、ファイアウォールが拒否しています。',
    next: '管理者に問い合わせてください。',
  },
  credentials: {
    what: '中継がユーザー名とパスワードを受け付けません。',
    next: '設定を確認してください。期限切れの可能性もあります。',
  },
  quota: { what: '中継がいっぱいです。', next: '数分後にもう一度お試しください。' },
  forbidden: {
    what: '中継がこのパソコンへのサービスを拒否しています。',
    next: '管理者に問い合わせてください。',
  },
  certificate: {
    what: '中継の証明書が、その名前か、このパソコンの時刻と合っていません。',
    next: '管理者に問い合わせてください。',
  },
};

export const words: Words = {
  tag: 'ja',
  dir: 'ltr',
  state,
  reason,
  code,
  label,
  panels,
  desktop,
  findings,
};
