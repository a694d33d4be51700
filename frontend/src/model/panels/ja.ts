import type { Words } from '../words.ts';

export const panels: Words['panels'] = {
  details: {
    sending: '送信',
    receiving: '受信',
    target: '回線の余裕',
    jitter: 'ゆらぎ',
    freezes: '映像の停止回数',
    soundDelay: '音声の待ち時間',
    roundTrip: '往復時間',
    path: '経路',
    direct: '直接',
    relay: '中継',
    lost: '失われたパケット',
    dataSaver: 'データセーバー',
    dataSaverWhy: '各方向で最大 300 kbit/s',
  },
  trust: {
    title: '合言葉を確かめる',
    compared: '合言葉を確認済み',
    intro: 'この言葉をお互いに読み上げてください。両方で同じなら、誰にも盗み聞きされていません。',
    differ:
      '違っていたら、盗み聞きのおそれがあります。通話を切り、次の招待は別の方法で送ってください。',
    none: '相手のアプリは合言葉を表示しません。盗み聞きされているかどうかはわかりません。',
    same: '同じでした',
    notSame: '確認を取り消す',
  },
  float: 'ピクチャ イン ピクチャ',
  byHand: {
    intro:
      '相手の Parley でこのコードを読み取ってもらうか、文字で送ってください。次に、相手に表示されたコードを読み取るか貼り付けてください。有効期間は 10 分です。',
    back: 'あと一歩です。相手にこのコードを読み取ってもらうか、文字で送り返してください。通話は自動で始まります。',
    qr: '通話コードの QR コード',
    copy: 'コードをコピー',
    theirs: '相手側のコード',
    theirsExample: 'PARLEY:…',
    enter: '接続',
  },
  invite: {
    intro:
      '同じネットワークのスマートフォンでコードを読み取るか、リンクを送ってください。ブラウザに警告が出たら、「詳細設定」から進んでください。',
    anywhere:
      'リンクを送るか、相手にコードを読み取ってもらってください。必要なのはブラウザだけです。',
    byId: '話したい相手に、このルーム ID を送ってください。',
    roomId: 'ルーム ID',
    share: '招待リンクを共有',
    qr: '招待リンクの QR コード',
  },
  devices: {
    camera: 'カメラ',
    microphone: 'マイク',
    speaker: 'スピーカー',
    systemDefault: 'システムの既定',
    noCamera: 'カメラなし',
    noMicrophone: 'マイクなし',
    noSpeaker: 'スピーカーなし',
  },
};
