; The Windows setup: for the current user, without administrator's rights.
;
;   setup.exe [/S] [/DOWNGRADE] [/D=FOLDER]     /S asks nothing; /D comes last
;   uninstall.exe [/S] [/PURGE]                 /PURGE takes the settings too
;
; Exit codes: 0 done, 1 cancelled, 2 a file cannot be written, 3 Parley is
; running and does not close, 4 a newer version is installed.
;
; build.sh gives VERSION (x.y.z), FILES (the folder to install from), KILOBYTES,
; OUTPUT, and where there are any WEBVIEW2 (Microsoft's bootstrapper) and SIGN (a
; command for the uninstaller). Parley listens only while a call in the local
; network waits, and without administrator's rights no firewall rule can be
; made: Windows asks the user then, once, for the path here never changes.

Target amd64-unicode ; all of it 64 bit, as the program is
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include MUI2.nsh

Name "Parley"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Parley"
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS Win10
SetCompressor /SOLID lzma
SetCompressorDictSize 16
SetDateSave off    ; the same files give the same setup
AllowSkipFiles off ; half an upgrade is none
BrandingText "Parley ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Parley"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey CompanyName "Parley"
VIAddVersionKey FileDescription "Parley setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey LegalCopyright "The Parley authors; see the licences beside the program"
!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Parley"
!define APP_PATH "Software\Microsoft\Windows\CurrentVersion\App Paths\parley.exe"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define LINKS "Software\Classes\parley"
!define OPEN '"$INSTDIR\parley.exe" -- "%1"' ; a link can bring no flag of its own
; https://learn.microsoft.com/microsoft-edge/webview2/concepts/distribution#detect-if-a-webview2-runtime-is-already-installed
!define EDGE_UPDATE "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\parley.exe"
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English

; Files is what is installed beside the uninstaller, once for both sections.
!macro Files do
  !insertmacro ${do} parley.exe
  !insertmacro ${do} parley.com
  !insertmacro ${do} LICENSE.txt
  !insertmacro ${do} THIRD-PARTY-LICENCES.txt
!macroend
!macro Install name
  File /nonfatal "${FILES}/${name}"
!macroend
!macro Remove name
  Delete "$INSTDIR\${name}"
!macroend

; Running sets $0 to 1 while FILE runs: then it cannot be opened for writing.
!macro Running file
  ${If} ${FileExists} "${file}"
    ClearErrors
    FileOpen $1 "${file}" a
    ${If} ${Errors}
      StrCpy $0 1
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
!macroend

; Closed goes on when no Parley runs from $INSTDIR. It asks the user, and the
; windows, to close; it ends no program by force, for that may be in a call.
!macro Closed un
Function ${un}Closed
  StrCpy $2 "" ; asked
  ${Do}
    StrCpy $3 0
    ${Do} ; for 10 s
      StrCpy $0 0
      !insertmacro Running "$INSTDIR\parley.exe"
      !insertmacro Running "$INSTDIR\parley.com"
      ${If} $0 = 0
        Return
      ${EndIf}
      ${If} $2 == ""
        ${Break}
      ${EndIf}
      Sleep 250 ; Windows tells nobody when a file is free
      IntOp $3 $3 + 1
    ${LoopUntil} $3 >= 40
    ${If} $2 != ""
    ${AndIf} ${Silent}
      SetErrorLevel 3
      Quit
    ${EndIf}
    ${If} ${Cmd} `MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "Parley is running. OK closes it, and ends a call that it is in." /SD IDOK IDCANCEL`
      SetErrorLevel 3
      Quit
    ${EndIf}
    StrCpy $2 asked
    Call ${un}CloseWindows
  ${Loop}
FunctionEnd

; CloseWindows asks the windows of $INSTDIR\parley.exe to close, and no others.
Function ${un}CloseWindows
  StrCpy $4 0
  ${Do}
    FindWindow $4 "wailsWindow" "" 0 $4
    ${If} $4 P= 0
      Return
    ${EndIf}
    System::Call 'user32::GetWindowThreadProcessId(p r4, *i .r5)'
    System::Call 'kernel32::OpenProcess(i 0x1000, i 0, i r5) p .r6' ; PROCESS_QUERY_LIMITED_INFORMATION
    System::Call 'kernel32::QueryFullProcessImageNameW(p r6, i 0, w .r7, *i ${NSIS_MAX_STRLEN})'
    System::Call 'kernel32::CloseHandle(p r6)'
    ${If} $7 == "$INSTDIR\parley.exe"
      System::Call 'user32::PostMessageW(p r4, i 0x10, p 0, p 0)' ; WM_CLOSE
    ${EndIf}
  ${Loop}
FunctionEnd
!macroend
!insertmacro Closed ""
!insertmacro Closed "un."

Function .onInit
  ReadRegStr $0 HKCU "${UNINSTALL}" "InstallLocation"
  ${If} $0 != ""
    StrCpy $INSTDIR $0 ; an upgrade stays where the old one is
  ${EndIf}
  ReadRegStr $1 HKCU "${UNINSTALL}" "DisplayVersion"
  ${If} $1 == ""
    Return
  ${EndIf}
  ${VersionCompare} $1 "${VERSION}" $2
  ${GetParameters} $3
  ClearErrors
  ${GetOptions} $3 "/DOWNGRADE" $4
  ${If} ${Errors}
  ${AndIf} $2 = 1
    MessageBox MB_OK|MB_ICONSTOP "Parley $1 is installed, which is newer than ${VERSION}. Uninstall it first, or start this setup with /DOWNGRADE." /SD IDOK
    SetErrorLevel 4
    Quit
  ${EndIf}
FunctionEnd

Section
  Call Closed
  SetOutPath "$INSTDIR"
  !insertmacro Files Install
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Parley.lnk" "$INSTDIR\parley.exe"

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Parley"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\parley.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Parley"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1

  WriteRegStr HKCU "${APP_PATH}" "" "$INSTDIR\parley.exe"
  WriteRegStr HKCU "${LINKS}" "" "URL:Parley call"
  WriteRegStr HKCU "${LINKS}" "URL Protocol" ""
  WriteRegStr HKCU "${LINKS}\DefaultIcon" "" '"$INSTDIR\parley.exe",0'
  WriteRegStr HKCU "${LINKS}\shell\open\command" "" '${OPEN}'
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; SHCNE_ASSOCCHANGED

!ifdef WEBVIEW2
  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${EDGE_UPDATE}" "pv"
  ReadRegStr $1 HKCU "Software\${EDGE_UPDATE}" "pv"
  ${If} "$0$1" == ""
  ${OrIf} "$0$1" == "0.0.0.0"
    DetailPrint "Fetching WebView2 from Microsoft, which shows the window"
    InitPluginsDir
    File "/oname=$PLUGINSDIR\webview2.exe" "${WEBVIEW2}"
    ExecWait '"$PLUGINSDIR\webview2.exe" /silent /install' $2
    ${If} $2 != 0
      DetailPrint "WebView2 was not installed ($2). Parley offers it again when it starts."
    ${EndIf}
  ${EndIf}
!endif
SectionEnd

Function un.onInit
  ; The settings stay unless somebody says otherwise.
  ${GetParameters} $3
  ClearErrors
  ${GetOptions} $3 "/PURGE" $8
  ${If} ${Errors}
    StrCpy $8 keep
  ${EndIf}
FunctionEnd

Section Uninstall
  Call un.Closed
  !insertmacro Files Remove
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR" ; only when empty: what the user put there stays
  Delete "$SMPROGRAMS\Parley.lnk"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "${APP_PATH}"
  ReadRegStr $0 HKCU "${RUN}" "Parley"
  ${If} $0 == '"$INSTDIR\parley.exe" --background' ; as the settings page has it
    DeleteRegValue HKCU "${RUN}" "Parley"
  ${EndIf}
  ReadRegStr $0 HKCU "${LINKS}\shell\open\command" ""
  ${If} $0 == '${OPEN}' ; another copy may have taken the links over
    DeleteRegKey HKCU "${LINKS}"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  ${EndIf}
  ${If} $8 != keep
    RMDir /r "$APPDATA\parley"      ; config.toml
    RMDir /r "$LOCALAPPDATA\parley" ; the room server's key and rooms, WebView2's profile
  ${EndIf}
SectionEnd
